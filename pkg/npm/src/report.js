/** What a check says. */
import { seconds, withSettings } from "./documents.js";
import { CmkitError } from "./error.js";
import { read } from "./rows.js";
import { shared } from "./rules.js";
/**
 * Findings worst first, and the codes of the rules without any.
 *
 * A report holds nothing that has to be freed: what is written or asked on demand is worked out again from the documents,
 * and comes out the same, since the same documents, time and settings always do.
 */
export class Report {
    /** The time that the check was made for, as RFC 3339 text. */
    at;
    /** What was read. */
    inputs;
    /** Counts. */
    summary;
    /** Worst first: what fails before what is unknown before what is accepted, then by level. */
    findings;
    #documents;
    #judgement;
    #codes;
    /** @internal */
    constructor(documents, { at, settings, baseline }) {
        // The time is fixed now: whatever is asked later is about the same moment.
        this.#judgement = { at: seconds(at), settings, baseline };
        this.#documents = documents;
        const rows = this.#ask((documents, at, settings) => documents.check(at, settings));
        const { findings, inputs, summary, at: time, ...codes } = read(rows, shared);
        this.at = time;
        this.inputs = inputs;
        this.summary = summary;
        this.findings = findings;
        this.#codes = codes;
    }
    /** Whether nothing fails at the level of errors. What is unknown is not counted. */
    get ok() {
        return this.summary.errors === 0;
    }
    /** Rules that looked at something and found it good. */
    get passed() {
        return list(this.#codes.passed);
    }
    /** Rules that had nothing to look at. */
    get notApplicable() {
        return list(this.#codes.notApplicable);
    }
    /** Rules that the settings turn off. */
    get off() {
        return list(this.#codes.off);
    }
    /** The report in one of its formats, byte for byte as the command writes it. */
    to(format) {
        return this.#on((report) => report.write(format));
    }
    /** What the documents don't say, asked once: unknown findings of one place and one reason make one question. */
    questions() {
        return this.#on((report) => report.openQuestions());
    }
    /** A baseline that accepts what this report says, as JSON text. */
    baseline() {
        return this.#on((report) => report.baseline());
    }
    /**
     * The text of a finding's document with a fix of the finding applied; comments and layout stay.
     *
     * @throws CmkitError `invalid_argument` where the finding is not of this report or has no such fix.
     */
    fix(finding, index = 0) {
        const at = this.findings.indexOf(finding);
        const text = this.#documents.text(finding.file);
        if (at < 0 || text === undefined) {
            throw new CmkitError("invalid_argument", "the finding is not one of this report's documents");
        }
        return this.#on((report) => report.fix(text, at, index));
    }
    #on(ask) {
        return this.#ask((documents, at, settings) => {
            const report = documents.report(at, settings);
            try {
                return ask(report);
            }
            finally {
                report.free();
            }
        });
    }
    #ask(ask) {
        const { at } = this.#judgement;
        return this.#documents.lend((documents) => withSettings(this.#judgement, (settings) => ask(documents, seconds(at), settings)));
    }
}
function list(codes) {
    return codes === "" ? [] : codes.split(" ");
}
