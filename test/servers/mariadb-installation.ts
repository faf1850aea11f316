import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { mariadbPackages } from "./mariadb-packages.ts";

/** How to call one installation of MariaDB. */
export interface MariadbInstallation {
  readonly program: string;
  readonly installer: string;
  readonly options: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export async function findMariadb(): Promise<MariadbInstallation> {
  const [program, installer] = [findProgram("mariadbd"), findProgram("mariadb-install-db")];
  if (program !== undefined && installer !== undefined) return { program, installer, options: [], environment: {} };
  return unpackedInstallation(await mariadbPackages());
}

function findProgram(name: string): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function unpackedInstallation({ root, libraries }: { root: string; libraries: string }): MariadbInstallation {
  return {
    program: join(root, "usr/sbin/mariadbd"),
    installer: join(root, "usr/bin/mariadb-install-db"),
    options: [`--basedir=${join(root, "usr")}`],
    environment: { LD_LIBRARY_PATH: libraries },
  };
}
