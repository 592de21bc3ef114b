export { ARCHIVE_SCHEMA };

/** The part of o1-labs/Archive-Node-API's `schema.graphql` about events, actions and the network. */
const ARCHIVE_SCHEMA = /* GraphQL */ `
  enum BlockStatusFilter {
    ALL
    PENDING
    CANONICAL
  }
  input EventFilterOptionsInput {
    address: String!
    tokenId: String
    status: BlockStatusFilter
    "Block height, exclusive"
    to: Int
    "Block height, inclusive"
    from: Int
  }
  input ActionFilterOptionsInput {
    address: String!
    tokenId: String
    status: BlockStatusFilter
    "Block height, exclusive"
    to: Int
    "Block height, inclusive"
    from: Int
    "Blocks after which the account had this action state or a later one"
    fromActionState: String
    "Blocks after which the account had this action state or an earlier one"
    endActionState: String
  }

  type BlockInfo {
    height: Int!
    stateHash: String!
    parentHash: String!
    "Zero: the ledger of o1js does not tell its root"
    ledgerHash: String!
    "pending until k blocks stand above it, then canonical"
    chainStatus: String!
    timestamp: String!
    globalSlotSinceHardfork: Int!
    globalSlotSinceGenesis: Int!
    distanceFromMaxBlockHeight: Int!
  }
  type TransactionInfo {
    status: String!
    hash: String!
    memo: String!
    authorizationKind: String!
    sequenceNumber: Int!
    zkappAccountUpdateIds: [Int]!
  }
  type EventData {
    accountUpdateId: String!
    transactionInfo: TransactionInfo
    data: [String]!
  }
  type ActionData {
    accountUpdateId: String!
    transactionInfo: TransactionInfo
    data: [String]!
  }
  "After the block, and after the four blocks with actions before it"
  type ActionStates {
    actionStateOne: String
    actionStateTwo: String
    actionStateThree: String
    actionStateFour: String
    actionStateFive: String
  }
  type EventOutput {
    blockInfo: BlockInfo
    eventData: [EventData]
  }
  type ActionOutput {
    blockInfo: BlockInfo
    transactionInfo: TransactionInfo
    actionData: [ActionData]
    actionState: ActionStates!
  }
  type MaxBlockHeightInfo {
    canonicalMaxBlockHeight: Int!
    pendingMaxBlockHeight: Int!
  }
  type NetworkStateOutput {
    maxBlockHeight: MaxBlockHeightInfo
  }

  type Query {
    "Ascending by height, at most 10,000 blocks of the chain; without bounds the last ones"
    events(input: EventFilterOptionsInput!): [EventOutput]!
    "Ascending by height, at most 10,000 blocks of the chain; without bounds the last ones"
    actions(input: ActionFilterOptionsInput!): [ActionOutput]!
    networkState: NetworkStateOutput!
  }
`;
