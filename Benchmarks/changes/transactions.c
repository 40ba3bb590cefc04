// The least that a durable change costs: the same transaction as the server's, in a bare loop, on a database that the
// server has made.
//
// usage: transactions DATABASE
//
// For each line on standard input, a number, it makes so many changes, each a transaction of its own that has reached the
// disk, and prints the seconds they took.
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static sqlite3 *database;

static void need(int status) {
    if (status == SQLITE_OK || status == SQLITE_DONE || status == SQLITE_ROW) return;
    fprintf(stderr, "%s\n", sqlite3_errmsg(database));
    exit(1);
}

static void run(const char *sql) { need(sqlite3_exec(database, sql, NULL, NULL, NULL)); }

static sqlite3_stmt *prepare(const char *sql) {
    sqlite3_stmt *statement;
    need(sqlite3_prepare_v2(database, sql, -1, &statement, NULL));
    return statement;
}

static void step(sqlite3_stmt *statement) {
    need(sqlite3_step(statement));
    need(sqlite3_reset(statement));
}

static double seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
    if (count != 2) return 2;
    need(sqlite3_open(arguments[1], &database));
    run("PRAGMA journal_mode = WAL");
    run("PRAGMA synchronous = FULL");
    run("PRAGMA secure_delete = ON");
    sqlite3_stmt *begin = prepare("BEGIN IMMEDIATE"), *commit = prepare("COMMIT");
    sqlite3_stmt *update = prepare("UPDATE configuration SET revision = ?, uniqueName = ?, domain = ?, "
                                   "serverAddressOverride = ?, sharedSecret = ? WHERE id = 1");
    sqlite3_stmt *insert = prepare(
        "INSERT INTO event (at, type, user, address, fields, revision, count) "
        "VALUES (?, 'configurationChanged', 'admin', '127.0.0.1', 'uniqueName', ?, 1)");
    char line[64], name[64];
    for (long revision = 0; fgets(line, sizeof line, stdin);) {
        double start = seconds();
        for (long left = atol(line); left > 0; left--) {
            revision++;
            snprintf(name, sizeof name, "cb%ld", revision);
            step(begin);
            need(sqlite3_bind_int64(update, 1, revision));
            need(sqlite3_bind_text(update, 2, name, -1, SQLITE_TRANSIENT));
            step(update);
            need(sqlite3_bind_int64(insert, 1, 1795407611532 + revision));
            need(sqlite3_bind_int64(insert, 2, revision));
            step(insert);
            step(commit);
        }
        printf("%.6f\n", seconds() - start);
        fflush(stdout);
    }
    return 0;
}
