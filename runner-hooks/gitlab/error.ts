export { GitlabError, type GitlabCode };

/** Closed: every way in which the executor can fail. What the job did is never one of them. */
type GitlabCode =
  | 'SETTINGS' // the file that the installer wrote is missing, or not what it wrote
  | 'RUNNER' // GitLab Runner called with a stage, argument or variable that it does not use
  | 'RESPONSE' // the job response file is missing, or no job
  | 'REFUSED' // this runner does not take such a job
  | 'TICKET' // the job came with a ticket that is not its own
  | 'FOLDER'; // the folder of the job is missing, or another job's

class GitlabError extends Error {
  override readonly name = 'GitlabError';

  constructor(
    readonly code: GitlabCode,
    message: string,
    options?: ErrorOptions
  ) {
    super(message, options);
  }
}
