/** What a server does that renders the page's components: it imports, and calls nothing. */

import * as cmkit from "cmkit";
import { MemoryVault } from "cmkit/memory";
import { formSchema } from "cmkit/standard-schema";
import { CmkitWorker } from "cmkit/worker";

formSchema();
console.log([cmkit.check, MemoryVault, CmkitWorker].map((one) => typeof one).join(" "));
