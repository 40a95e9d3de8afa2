/** The form: the flat model of what a person fills in on the pages of a portal. A test holds it against the core's table. */
export {};
