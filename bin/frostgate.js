#!/bin/sh
// 2>/dev/null; exec node --single-threaded -- "$0" "$@"
// For a shell the line above starts Node.js, for Node.js it says nothing. Without V8's helper threads, which collect
// garbage and compile beside ours: while time is advanced, they take the processors that clients wait for
// (docs/performance.md, "The two planes"). Node.js takes this at its start only.
import '../dist/cli/main.js';
