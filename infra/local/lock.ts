/** Allows one host per data folder. The lock is a socket, because the system closes it even when the process is killed. */
import { mkdir, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join, relative } from 'node:path';

export interface Lock {
  release(): Promise<void>;
}

/** @throws Error when a running host uses the folder */
export async function lockFolder(folder: string): Promise<Lock> {
  await mkdir(folder, { recursive: true });
  // A relative path, because socket paths are limited to about 100 characters.
  const path = join(relative(process.cwd(), folder), 'lock');
  const server = createServer((socket) => socket.destroy());
  if (!(await listens(server, path))) {
    if (await answers(path)) throw new Error(`Another local host is running on ${folder}. Stop it first.`);
    await rm(path, { force: true });
    if (!(await listens(server, path))) throw new Error(`Another local host has just started on ${folder}.`);
  }
  server.unref();
  return { release: () => new Promise((done) => server.close(() => done())) };
}

function listens(server: Server, path: string): Promise<boolean> {
  return new Promise((done, failed) => {
    const refused = (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? done(false) : failed(error));
    server.once('error', refused);
    server.listen(path, () => {
      server.off('error', refused);
      done(true);
    });
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(path, () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}
