/** The form: the flat model of what a person fills in on the pages of a portal. */

/** A form. */
export interface FormModel {
  cmkit?: "form/1";
  [field: string]: unknown;
}
