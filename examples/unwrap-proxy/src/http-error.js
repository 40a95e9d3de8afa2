/** An answer other than the one that was asked for. Its message never quotes what was sent. */
export class HttpError extends Error {
  /** @param {number} status @param {string} code @param {string} message @param {Record<string, string>} headers */
  constructor(status, code, message, headers = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}
