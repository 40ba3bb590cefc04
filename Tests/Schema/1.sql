-- A database as schema version 1 (configuration and users) has left it. Never to be changed.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO grdb_migrations VALUES('1 configuration and users');
CREATE TABLE configuration (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL,
    uniqueName TEXT,
    domain TEXT,
    serverAddressOverride TEXT,
    sharedSecret TEXT
) STRICT;
INSERT INTO configuration VALUES(1,12,'cb1','xn--bcher-kva.example','[2001:db8::1]:5223','s3cret ''ü'' & more');
CREATE TABLE apiUser (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    passwordHash TEXT NOT NULL
) STRICT;
INSERT INTO apiUser VALUES('admin','admin','$scrypt$ln=14,r=8,p=5$C90GklQBRg2ZHZccAG/NpA$PTGWas9x0UW+YUXaCHhAtrYmuzg91vKH9nuVkcWL2WA');
INSERT INTO apiUser VALUES('zoë','readonly','$scrypt$ln=14,r=8,p=5$ok+LPrzGb+tDYokUp9vctA$sr5Ok2TfoGJp9udZBJlrkU5BUdhvoZXICjQQnHkhM5o');
CREATE TABLE instance (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    hostID TEXT NOT NULL
) STRICT;
INSERT INTO instance VALUES(1,'66c8c4ce-0b71-4add-851b-9041fa9da203');
COMMIT;
