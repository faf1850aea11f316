import type { ErrorKind, ErrorTable } from "../classify.ts";

/** Server error numbers of MariaDB and MySQL by kind; 45xxx are the mariadb connector's own. */
const numbers: readonly (readonly [ErrorKind, readonly number[]])[] = [
  ["unique", [1022, 1062, 1169, 1557, 1586, 1859]],
  ["foreignKey", [1215, 1216, 1217, 1451, 1452, 1761, 1762]],
  ["notNull", [1048, 1263, 1364, 1566]],
  ["check", [3819, 4025]],
  // 1020: a row read by this transaction was changed (MariaDB's innodb_snapshot_isolation); 1614, 3101: XA and group replication
  ["serialization", [1020, 1213, 1614, 3101]],
  ["lockTimeout", [1205, 1206, 3572, 4186]],
  ["canceled", [1317, 1969, 3024, 1926]],
  [
    "data",
    [1074, 1230, 1264, 1265, 1292, 1365, 1366, 1367, 1406, 1411, 1416, 1425, 1426, 1441, 1690, 3140, 3141, 4038],
  ],
  [
    "programming",
    [
      1007, 1008, 1046, 1050, 1051, 1052, 1054, 1055, 1056, 1057, 1058, 1059, 1060, 1061, 1063, 1064, 1065, 1066, 1068,
      1069, 1070, 1071, 1072, 1073, 1075, 1091, 1093, 1096, 1101, 1102, 1103, 1109, 1110, 1111, 1136, 1140, 1142, 1143,
      1146, 1149, 1166, 1170, 1210, 1222, 1239, 1241, 1242, 1243, 1247, 1248, 1250, 1290, 1294, 1305, 1318, 1327, 1370,
      1381, 1463, 1582, 1630,
    ],
  ],
  ["notSupported", [1112, 1214, 1235, 1283, 1289, 1295]],
  ["internal", [1003, 1005, 1006, 1030, 1032, 1034, 1105, 1815]],
  ["interface", [45003, 45006, 45011, 45014, 45015, 45016, 45017, 45018, 45020, 45043, 45049, 45050, 45051]],
];

export const mysqlErrors: ErrorTable = {
  kinds: Object.fromEntries(numbers.flatMap(([kind, codes]) => codes.map((code) => [String(code), kind]))),
  prefixes: {},
  otherwise: "operational",
  // Duplicate entry '…' for key 'name'; Incorrect integer value: '…' for column 'age' at row 1
  values: /(?<=^Duplicate entry ').*(?=' for key )|(?<=\bvalue: ').*(?=' for )/s,
  disconnects: [
    "1053", // server shutdown in progress
    "1047", // a Galera node that left the cluster
    "1080",
    "1152",
    "1153",
    "1158",
    "1159",
    "1160",
    "1161",
    "1184",
    "1927", // connection was killed
    "2002",
    "2003",
    "2006",
    "2013",
    "2055",
    "4031", // MySQL: disconnected for inactivity
    "45001",
    "45004",
    "45009",
    "45012",
    "45013",
    "45019",
    "45026",
  ],
};
