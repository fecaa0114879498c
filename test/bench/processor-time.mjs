// What a process has used of the processors: a figure that other programs on the machine disturb less than a rate.
import { readdir, readFile } from 'node:fs/promises';

/** Of all its threads, in ns, since it began; NaN where there is no process, or no Linux to tell. */
export async function processorNsOf(child) {
  try {
    const tasks = `/proc/${child.pid}/task`;
    const ids = await readdir(tasks);
    const texts = await Promise.all(ids.map((id) => readFile(`${tasks}/${id}/schedstat`, 'utf8')));
    return texts.reduce((sum, text) => sum + Number(text.split(' ')[0]), 0);
  } catch {
    return NaN;
  }
}
