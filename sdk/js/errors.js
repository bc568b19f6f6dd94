/** An outcome with the stable name that the vectors and the API use, such as 'code_malformed'. */
export class CodeError extends Error {
  /**
   * @param {string} code stable name
   * @param {string} message for people; never holds a secret or the code itself
   */
  constructor(code, message, options) {
    super(message, options);
    this.name = 'CodeError';
    this.code = code;
  }
}
