/** What a check reports: the core's findings, their members in camelCase. */
export {};
