/** How documents are judged: as of when, with which settings. */
export {};
