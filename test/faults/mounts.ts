/** File systems of a test's own, in files or in memory: made, mounted, and always taken away again. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { missing, run } from "./tools.js";

export class Mounts {
  readonly #folder: string;
  readonly #mounted: string[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** An empty ext4 file system in a sparse file. */
  makeImage(name: string, size = "96M"): string {
    const image = join(this.#folder, name);
    run("truncate", "-s", size, image);
    run("mkfs.ext4", "-q", "-F", image);
    return image;
  }

  mountImage(image: string, name: string): string {
    return this.#mount(name, "-o", "loop", image);
  }

  /** A file system in memory that is full soon. */
  mountMemory(size: string, name: string): string {
    return this.#mount(name, "-t", "tmpfs", "-o", `size=${size}`, "tmpfs");
  }

  /** Why nothing can be mounted, tried once before anything is judged: a container may have root and no loop devices. */
  lacks(tools: readonly string[] = []): string | undefined {
    const absent = missing(["truncate", "mkfs.ext4", "mount", "umount", "cp", ...tools], true);
    if (absent !== undefined) return absent;
    try {
      this.unmount(this.mountImage(this.makeImage("probe.img", "8M"), "probe"));
      return undefined;
    } catch (cause) {
      return `it needs loop devices: ${String(cause)}`;
    }
  }

  unmount(point: string): void {
    run("umount", point);
    this.#mounted.splice(this.#mounted.indexOf(point), 1);
  }

  /** Whatever is mounted still, busy or not. */
  unmountAll(): void {
    for (const point of this.#mounted.splice(0).reverse()) run("umount", "-l", point);
  }

  #mount(name: string, ...args: readonly string[]): string {
    const point = join(this.#folder, name);
    mkdirSync(point);
    run("mount", ...args, point);
    this.#mounted.push(point);
    return point;
  }
}
