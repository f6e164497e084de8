#!/usr/bin/env node
// The `eventstream` command: the same launcher as `npm start`, so that it runs on Node 20.19 and newer.
import { launch } from '../../tools/launch.mjs';

await launch(process.argv.slice(2));
