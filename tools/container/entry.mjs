// What an image runs: its service, or with words behind the image's name one of its commands.
await import(process.argv.length > 2 ? './commands.js' : './main.js');
