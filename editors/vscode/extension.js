// Begins `voiceguide lsp` for routines, and ends it with the window.

const { workspace, window } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

exports.activate = async () => {
  const command = workspace.getConfiguration("voiceguide").get("command");
  client = new LanguageClient(
    "voiceguide",
    "voiceguide",
    { command, args: ["lsp"] },
    { documentSelector: [{ language: "voiceguide" }] },
  );
  try {
    await client.start();
  } catch (error) {
    const wayOut = 'Install it with `pip install "voiceguide[lsp]"`, or set `voiceguide.command`.';
    window.showErrorMessage(`\`${command} lsp\` does not start: ${error.message}. ${wayOut}`);
  }
};

exports.deactivate = () => client?.stop();
