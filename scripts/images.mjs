/** Images of Docker: whether one is there, and whether it can be pulled. */
import { spawnSync } from 'node:child_process';

/** A registry that does not answer holds nobody up for longer; a slow one may have this long for all of an image (ms). */
const PULL_MS = 180_000;

/** Pulls it where it is not there. Says what it finds. Returns whether the image is there then. */
export function haveImage(name) {
  if (docker('image', 'inspect', name)) {
    console.log(`The image ${name} is there.`);
    return true;
  }
  if (docker('pull', '--quiet', name)) {
    console.log(`The image ${name} was pulled.`);
    return true;
  }
  console.log(
    `The image ${name} cannot be pulled: a stand-in is made (docker rmi ${name} removes it)`,
  );
  return false;
}

function docker(...args) {
  return spawnSync('docker', args, { stdio: 'ignore', timeout: PULL_MS }).status === 0;
}
