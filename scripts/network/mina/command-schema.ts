export { COMMAND_SCHEMA };

/** Input types as in Mina's own schema; each has an output type of the same fields. */
const COMMAND_INPUTS = /* GraphQL */ `
  input FeePayerBodyInput {
    publicKey: PublicKey!
    fee: Fee!
    validUntil: GlobalSlotSinceGenesis
    nonce: UInt32!
  }
  input ZkappFeePayerInput {
    body: FeePayerBodyInput!
    authorization: Signature!
  }
  input VerificationKeyWithHashInput {
    data: VerificationKey!
    hash: Field!
  }
  input VerificationKeyPermissionInput {
    auth: AuthRequired!
    txnVersion: UInt32!
  }
  input PermissionsInput {
    editState: AuthRequired!
    access: AuthRequired!
    send: AuthRequired!
    receive: AuthRequired!
    setDelegate: AuthRequired!
    setPermissions: AuthRequired!
    setVerificationKey: VerificationKeyPermissionInput!
    setZkappUri: AuthRequired!
    editActionState: AuthRequired!
    setTokenSymbol: AuthRequired!
    incrementNonce: AuthRequired!
    setVotingFor: AuthRequired!
    setTiming: AuthRequired!
  }
  input TimingInput {
    initialMinimumBalance: Balance!
    cliffTime: GlobalSlotSinceGenesis!
    cliffAmount: CurrencyAmount!
    vestingPeriod: GlobalSlotSpan!
    vestingIncrement: CurrencyAmount!
  }
  input AccountUpdateModificationInput {
    appState: [Field]!
    delegate: PublicKey
    verificationKey: VerificationKeyWithHashInput
    permissions: PermissionsInput
    zkappUri: String
    tokenSymbol: String
    timing: TimingInput
    votingFor: Field
  }
  input BalanceChangeInput {
    magnitude: CurrencyAmount!
    sgn: Sign!
  }
  input CurrencyAmountIntervalInput {
    lower: CurrencyAmount!
    upper: CurrencyAmount!
  }
  input EpochLedgerPreconditionInput {
    hash: Field
    totalCurrency: CurrencyAmountIntervalInput
  }
  input LengthIntervalInput {
    lower: UInt32!
    upper: UInt32!
  }
  input EpochDataPreconditionInput {
    ledger: EpochLedgerPreconditionInput!
    seed: Field
    startCheckpoint: Field
    lockCheckpoint: Field
    epochLength: LengthIntervalInput
  }
  input GlobalSlotSinceGenesisIntervalInput {
    lower: GlobalSlotSinceGenesis!
    upper: GlobalSlotSinceGenesis!
  }
  input NetworkPreconditionInput {
    snarkedLedgerHash: Field
    blockchainLength: LengthIntervalInput
    minWindowDensity: LengthIntervalInput
    totalCurrency: CurrencyAmountIntervalInput
    globalSlotSinceGenesis: GlobalSlotSinceGenesisIntervalInput
    stakingEpochData: EpochDataPreconditionInput!
    nextEpochData: EpochDataPreconditionInput!
  }
  input BalanceIntervalInput {
    lower: Balance!
    upper: Balance!
  }
  input NonceIntervalInput {
    lower: UInt32!
    upper: UInt32!
  }
  input AccountPreconditionInput {
    balance: BalanceIntervalInput
    nonce: NonceIntervalInput
    receiptChainHash: Field
    delegate: PublicKey
    state: [Field]!
    actionState: Field
    provedState: Boolean
    isNew: Boolean
  }
  input PreconditionsInput {
    network: NetworkPreconditionInput!
    account: AccountPreconditionInput!
    validWhile: GlobalSlotSinceGenesisIntervalInput
  }
  input MayUseTokenInput {
    parentsOwnToken: Boolean!
    inheritFromParent: Boolean!
  }
  input AuthorizationKindStructuredInput {
    isSigned: Boolean!
    isProved: Boolean!
    verificationKeyHash: Field!
  }
  input AccountUpdateBodyInput {
    publicKey: PublicKey!
    tokenId: TokenId!
    update: AccountUpdateModificationInput!
    balanceChange: BalanceChangeInput!
    incrementNonce: Boolean!
    events: [[Field!]!]!
    actions: [[Field!]!]!
    callData: Field!
    callDepth: Int!
    preconditions: PreconditionsInput!
    useFullCommitment: Boolean!
    implicitAccountCreationFee: Boolean!
    mayUseToken: MayUseTokenInput!
    authorizationKind: AuthorizationKindStructuredInput!
  }
  input ControlInput {
    proof: ZkappProof
    signature: Signature
  }
  input ZkappAccountUpdateInput {
    body: AccountUpdateBodyInput!
    authorization: ControlInput!
  }
  input ZkappCommandInput {
    feePayer: ZkappFeePayerInput!
    accountUpdates: [ZkappAccountUpdateInput!]!
    memo: Memo!
  }
`;

/** `input XInput` as `type X`, but for the one whose output name an account's permissions have. */
const COMMAND_OUTPUTS = COMMAND_INPUTS.replaceAll(/^( *)input /gm, '$1type ')
  .replaceAll(/\b(\w+)Input\b/g, '$1')
  .replaceAll(/\bVerificationKeyPermission\b/g, 'CommandVerificationKeyPermission');

/** A zkApp command as `sendZkapp` takes it and as blocks and the pool give it. */
const COMMAND_SCHEMA = `${COMMAND_INPUTS}\n${COMMAND_OUTPUTS}`;
