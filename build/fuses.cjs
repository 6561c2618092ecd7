const { join } = require('node:path');

/** Switches off in the packed program itself what an attacker on the machine could use, and has it load nothing but its checked archive. */
exports.flipFuses = async function flipFuses({ appOutDir, packager, electronPlatformName, arch }) {
  const { flipFuses: flip, FuseVersion, FuseV1Options } = await import('@electron/fuses');
  const { productFilename, productName } = packager.appInfo;
  const names = {
    darwin: `${productFilename}.app`,
    mas: `${productFilename}.app`,
    win32: `${productFilename}.exe`,
    linux: packager.executableName,
  };
  const name = names[electronPlatformName];
  if (name === undefined) throw new Error(`${productName}: no fuses known for ${electronPlatformName}`);
  await flip(join(appOutDir, name), {
    version: FuseVersion.V1,
    strictlyRequireAllFuses: false,
    // An ARM64 Mac runs nothing that is not signed at least by itself.
    resetAdHocDarwinSignature: electronPlatformName === 'darwin' && arch === ARM64,
    [FuseV1Options.RunAsNode]: false,
    [FuseV1Options.EnableCookieEncryption]: true,
    [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: false,
    [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
    [FuseV1Options.OnlyLoadAppFromAsar]: true,
    [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
  });
};

/** electron-builder's number for it. */
const ARM64 = 3;
