import { COMMAND_SCHEMA } from './command-schema.ts';

export { NODE_SCHEMA, SCALARS };

const SCALARS = [
  'AccountNonce',
  'Action',
  'Amount',
  'AuthRequired',
  'Balance',
  'BlockTime',
  'ChainHash',
  'CurrencyAmount',
  'Epoch',
  'EpochSeed',
  'Fee',
  'Field',
  'FieldElem',
  'GlobalSlotSinceGenesis',
  'GlobalSlotSpan',
  'Globalslot',
  'Index',
  'LedgerHash',
  'Length',
  'Memo',
  'PublicKey',
  'Sign',
  'Signature',
  'Slot',
  'StateHash',
  'Time',
  'TokenId',
  'TransactionHash',
  'TransactionId',
  'TransactionStatusFailure',
  'UInt32',
  'VerificationKey',
  'VerificationKeyHash',
  'ZkappProof',
] as const;

/**
 * The part of MinaProtocol/mina's `graphql_schema.json` that this network can answer truthfully, with
 * the same names, types and nullability. What is missing is an error, as any unknown field.
 */
const NODE_SCHEMA = /* GraphQL */ `
  ${SCALARS.map((name) => `scalar ${name}`).join('\n')}
  ${COMMAND_SCHEMA}

  input SendZkappInput {
    zkappCommand: ZkappCommandInput!
  }
  type SendZkappPayload {
    zkapp: ZkappCommandResult!
  }
  type ZkappCommandFailureReason {
    index: Index
    failures: [TransactionStatusFailure!]!
  }
  type ZkappCommandResult {
    id: TransactionId!
    hash: TransactionHash!
    zkappCommand: ZkappCommand!
    failureReason: [ZkappCommandFailureReason]
  }

  enum TransactionStatus {
    "On the best chain, within the last k blocks"
    INCLUDED
    "In the pool"
    PENDING
    "Neither: final long ago, dropped, or never seen"
    UNKNOWN
  }
  enum SyncStatus {
    CONNECTING
    LISTENING
    OFFLINE
    BOOTSTRAP
    SYNCED
    CATCHUP
  }
  enum AccountAuthRequired {
    None
    Either
    Proof
    Signature
    Impossible
  }

  type VerificationKeyPermission {
    auth: AccountAuthRequired!
    txnVersion: String!
  }
  type AccountPermissions {
    editState: AccountAuthRequired!
    send: AccountAuthRequired!
    receive: AccountAuthRequired!
    access: AccountAuthRequired!
    setDelegate: AccountAuthRequired!
    setPermissions: AccountAuthRequired!
    setVerificationKey: VerificationKeyPermission!
    setZkappUri: AccountAuthRequired!
    editActionState: AccountAuthRequired!
    setTokenSymbol: AccountAuthRequired!
    incrementNonce: AccountAuthRequired!
    setVotingFor: AccountAuthRequired!
    setTiming: AccountAuthRequired!
  }
  type AccountVerificationKeyWithHash {
    verificationKey: VerificationKey!
    hash: VerificationKeyHash!
  }
  type AccountTiming {
    initialMinimumBalance: Balance
    cliffTime: Globalslot
    cliffAmount: Amount
    vestingPeriod: GlobalSlotSpan
    vestingIncrement: Amount
  }
  type AnnotatedBalance {
    total: Balance!
    blockHeight: Length!
    stateHash: StateHash
  }
  type Account {
    publicKey: PublicKey!
    tokenId: TokenId!
    token: TokenId!
    timing: AccountTiming!
    balance: AnnotatedBalance!
    nonce: AccountNonce
    "The nonce the account's next command must have, given what waits in the pool"
    inferredNonce: AccountNonce
    receiptChainHash: ChainHash
    delegate: PublicKey
    delegateAccount: Account
    votingFor: ChainHash
    zkappUri: String
    zkappState: [FieldElem!]
    provedState: Boolean
    permissions: AccountPermissions
    tokenSymbol: String
    verificationKey: AccountVerificationKeyWithHash
    actionState: [Action!]
  }

  type epochLedger {
    hash: LedgerHash!
    totalCurrency: Amount!
  }
  "All zero: this network has no epochs of stake. Preconditions on it see the same zeros."
  type StakingEpochData {
    ledger: epochLedger!
    seed: EpochSeed!
    startCheckpoint: StateHash!
    lockCheckpoint: String!
    epochLength: Length!
  }
  "All zero, as StakingEpochData"
  type NextEpochData {
    ledger: epochLedger!
    seed: EpochSeed!
    startCheckpoint: StateHash!
    lockCheckpoint: String!
    epochLength: Length!
  }
  type ConsensusState {
    blockchainLength: Length! @deprecated(reason: "use blockHeight instead")
    blockHeight: Length!
    epochCount: Length!
    minWindowDensity: Length!
    totalCurrency: Amount!
    stakingEpochData: StakingEpochData!
    nextEpochData: NextEpochData!
    slot: Slot!
    slotSinceGenesis: Globalslot!
    epoch: Epoch!
  }
  type BlockchainState {
    date: BlockTime!
    utcDate: BlockTime!
    "Zero: nothing is snarked here. Preconditions on it see the same zero."
    snarkedLedgerHash: LedgerHash!
    "Zero: the ledger of o1js does not tell its root"
    stagedLedgerHash: LedgerHash!
    stagedLedgerProofEmitted: Boolean
  }
  type ProtocolState {
    previousStateHash: StateHash!
    blockchainState: BlockchainState!
    consensusState: ConsensusState!
  }
  type Transactions {
    zkappCommands: [ZkappCommandResult!]!
  }
  type Block {
    stateHash: StateHash!
    protocolState: ProtocolState!
    transactions: Transactions!
    commandTransactionCount: Int!
  }

  type GenesisConstants {
    accountCreationFee: Fee!
    coinbase: Amount!
    genesisTimestamp: String!
  }
  type ConsensusConfiguration {
    k: Int!
    slotsPerEpoch: Int!
    slotDuration: Int!
    epochDuration: Int!
    genesisStateTimestamp: Time!
  }
  type DaemonStatus {
    blockchainLength: Int
    stateHash: String
    syncStatus: SyncStatus!
    globalSlotSinceGenesisBestTip: Int
    consensusConfiguration: ConsensusConfiguration!
  }

  type Query {
    syncStatus: SyncStatus!
    daemonStatus: DaemonStatus!
    networkID: String!
    account(publicKey: PublicKey!, token: TokenId): Account
    pooledZkappCommands(publicKey: PublicKey, hashes: [String!], ids: [ID!]): [ZkappCommandResult!]!
    transactionStatus(zkappTransaction: ID!): TransactionStatus!
    "Newest first, as o1js 2.15 expects for a command's depth; a Mina node gives the newest last"
    bestChain(maxLength: Int): [Block!]
    block(stateHash: String, height: Int): Block!
    genesisConstants: GenesisConstants!
  }
  type Mutation {
    sendZkapp(input: SendZkappInput!): SendZkappPayload!
  }
`;
