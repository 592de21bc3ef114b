import packageJson from '../../package.json' with { type: 'json' };

export { VERSION };

const VERSION = packageJson.version;
