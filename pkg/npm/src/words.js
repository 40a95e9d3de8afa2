/** The words of the policy engine, as the core prints them. A test holds them against the core's tables. */
export {};
