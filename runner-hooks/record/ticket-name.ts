export { TICKET_INPUT, TICKET_VARIABLE };

/** How a ticket's id travels: as a workflow's input, and as a pipeline's variable. Nothing else does. */
const TICKET_INPUT = 'runproof_ticket';
const TICKET_VARIABLE = 'RUNPROOF_TICKET';
