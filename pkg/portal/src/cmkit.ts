/** The one place where the page takes from the npm package what it uses of it. */
export { calendar, check, fix, initPolicy, plan, rule, scaffold, whatIf } from "cmkit";
export type { Calendar, ChangePlan, Event as Happening, Finding, Format, Inspection, OpenQuestion, Report, Rule, Target as Language, WhatIf } from "cmkit";
