-- A database as schema version 5 (version of the users) has left it. Never to be changed.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO grdb_migrations VALUES('1 configuration and users');
INSERT INTO grdb_migrations VALUES('2 attempts');
INSERT INTO grdb_migrations VALUES('3 events');
INSERT INTO grdb_migrations VALUES('4 logins');
INSERT INTO grdb_migrations VALUES('5 version of the users');
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
CREATE TABLE attempt (
    id INTEGER PRIMARY KEY,
    report TEXT NOT NULL
) STRICT;
INSERT INTO attempt VALUES(41,'{"revision":7,"jid":"cb1.example.test","steps":[{"records":[{"weight":5,"port":5223,"priority":0,"target":"xmpp1.example.test"}],"outcome":"succeeded","microseconds":1042,"step":"srvLookup","startedAt":1795407611532,"addresses":[]},{"server":"xmpp1.example.test:5223","microseconds":1042,"addresses":["192.0.2.1","2001:db8::1"],"records":[],"startedAt":1795407611533,"outcome":"succeeded","step":"addressLookup"},{"address":"192.0.2.1:5223","server":"xmpp1.example.test:5223","microseconds":1042,"addresses":[],"startedAt":1795407611534,"records":[],"step":"tcpConnect","outcome":"succeeded"},{"address":"192.0.2.1:5223","server":"xmpp1.example.test:5223","microseconds":1042,"tls":{"cipher":"TLS_AES_256_GCM_SHA384","mutual":true,"peer":{"subjectAltNames":["DNS:example.test"],"notBefore":0,"notAfter":1800000000,"sha256":"abababababababababababababababababababababababababababababababab","subject":"CN=example.test"},"resumed":false,"version":"TLSv1.3"},"addresses":[],"startedAt":1795407611535,"records":[],"step":"tlsHandshake","outcome":"succeeded"},{"address":"192.0.2.1:5223","server":"xmpp1.example.test:5223","microseconds":1042,"addresses":[],"streamID":"id-1","startedAt":1795407611540,"records":[],"step":"streamOpen","outcome":"succeeded"},{"address":"192.0.2.1:5223","server":"xmpp1.example.test:5223","microseconds":1042,"addresses":[],"failure":{"step":"registration","reason":"notAuthorized","detail":"The server <does not> accept it.","condition":"not-authorized"},"startedAt":1795407611542,"records":[],"step":"registration","outcome":"failed"}],"outcome":"failed","failure":{"reason":"notAuthorized","condition":"not-authorized","step":"registration","detail":"The server <does not> accept it."},"microseconds":12007,"source":"srv","omittedSteps":0,"startedAt":1795407611532}');
INSERT INTO attempt VALUES(42,'{"revision":12,"jid":"cb1.example.test","steps":[{"records":[{"weight":5,"port":5223,"priority":0,"target":"xmpp1.example.test"}],"outcome":"succeeded","microseconds":1042,"step":"srvLookup","startedAt":1795407611532,"addresses":[]},{"server":"xmpp1.example.test:5223","microseconds":1042,"addresses":["192.0.2.1","2001:db8::1"],"records":[],"startedAt":1795407611533,"outcome":"succeeded","step":"addressLookup"},{"address":"192.0.2.1:5223","server":"xmpp1.example.test:5223","microseconds":1042,"addresses":[],"startedAt":1795407611534,"records":[],"step":"tcpConnect","outcome":"succeeded"},{"address":"192.0.2.1:5223","server":"xmpp1.example.test:5223","microseconds":1042,"tls":{"cipher":"TLS_AES_256_GCM_SHA384","mutual":true,"peer":{"subjectAltNames":["DNS:example.test"],"notBefore":0,"notAfter":1800000000,"sha256":"abababababababababababababababababababababababababababababababab","subject":"CN=example.test"},"resumed":false,"version":"TLSv1.3"},"addresses":[],"startedAt":1795407611535,"records":[],"step":"tlsHandshake","outcome":"succeeded"},{"address":"192.0.2.1:5223","server":"xmpp1.example.test:5223","microseconds":1042,"addresses":[],"streamID":"id-1","startedAt":1795407611540,"records":[],"step":"streamOpen","outcome":"succeeded"},{"address":"192.0.2.1:5223","server":"xmpp1.example.test:5223","microseconds":1042,"addresses":[],"failure":{"step":"registration","reason":"notAuthorized","detail":"The server <does not> accept it.","condition":"not-authorized"},"startedAt":1795407611542,"records":[],"step":"registration","outcome":"failed"}],"outcome":"failed","failure":{"reason":"notAuthorized","condition":"not-authorized","step":"registration","detail":"The server <does not> accept it."},"microseconds":12007,"source":"srv","omittedSteps":0,"startedAt":1795407611532}');
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    type TEXT NOT NULL,
    user TEXT,
    address TEXT,
    name TEXT,
    fields TEXT,
    revision INTEGER,
    jid TEXT,
    server TEXT,
    step TEXT,
    reason TEXT,
    detail TEXT,
    count INTEGER NOT NULL,
    lastAt INTEGER,
    outage TEXT
, door TEXT) STRICT;
INSERT INTO event VALUES(1,1795407611532,'userAdded',NULL,NULL,'zoë',NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,NULL,NULL,NULL);
INSERT INTO event VALUES(2,1795407612532,'configurationChanged','admin','192.0.2.7',NULL,'uniqueName,sharedSecret',12,NULL,NULL,NULL,NULL,NULL,1,NULL,NULL,NULL);
INSERT INTO event VALUES(3,1795407613532,'connectionFailed',NULL,NULL,NULL,NULL,12,'cb1.xn--bcher-kva.example','[2001:db8::1]:5223','tcpConnect','refused','Nobody listens there.',288,1795411211532,'1a.2b',NULL);
INSERT INTO event VALUES(5,1795411611532,'connected',NULL,NULL,NULL,NULL,12,'cb1.xn--bcher-kva.example','[2001:db8::1]:5223',NULL,NULL,NULL,1,NULL,NULL,NULL);
INSERT INTO event VALUES(6,1795412611532,'loginAccepted',NULL,NULL,'alice@xn--bcher-kva.example',NULL,NULL,NULL,NULL,NULL,NULL,NULL,3,1795412612432,NULL,'xmpp');
CREATE TABLE login (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL,
    mode TEXT,
    url TEXT,
    hosts TEXT
) STRICT;
INSERT INTO login VALUES(1,3,'users',NULL,'xn--bcher-kva.example');
CREATE TABLE bridgeUser (
    id TEXT PRIMARY KEY,
    userJid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    foldedName TEXT NOT NULL,
    passwordHash TEXT NOT NULL
) STRICT;
INSERT INTO bridgeUser VALUES('0f8fad5b-d9cb-469f-a165-70867728950e','alice@xn--bcher-kva.example','Alice Ä.','alice ä.','$scrypt$ln=14,r=8,p=5$ok+LPrzGb+tDYokUp9vctA$sr5Ok2TfoGJp9udZBJlrkU5BUdhvoZXICjQQnHkhM5o');
CREATE TABLE bridgeUsers (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL
) STRICT;
INSERT INTO bridgeUsers VALUES(1,5);
CREATE TABLE apiUsers (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL
) STRICT;
INSERT INTO apiUsers VALUES(1,3);
CREATE UNIQUE INDEX eventRepeat ON event (outage, revision, step, reason)
    WHERE outage IS NOT NULL;
CREATE TRIGGER apiUserAdded AFTER INSERT ON apiUser
    BEGIN UPDATE apiUsers SET version = version + 1; END;
CREATE TRIGGER apiUserChanged AFTER UPDATE ON apiUser
    BEGIN UPDATE apiUsers SET version = version + 1; END;
CREATE TRIGGER apiUserRemoved AFTER DELETE ON apiUser
    BEGIN UPDATE apiUsers SET version = version + 1; END;
COMMIT;
