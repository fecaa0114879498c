// A process that only counts: what one busy thread of any program does to the others on this machine.
// Counts from its start until its stdin ends.
process.stdin.on('end', () => process.exit()).resume();
process.stdout.write('counting\n');
let sum = 0;
const count = () => {
  // Half a millisecond or so at a time: between two, it hears whether it is to end.
  for (let i = 0; i < 500_000; i += 1) sum = (sum * 31 + i) % 1_000_003;
  setImmediate(count);
};
count();
