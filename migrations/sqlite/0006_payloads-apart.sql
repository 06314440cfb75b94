-- Written by hand: drizzle does not see a generated column. `room` pushes the payloads out of the pages of the tree, where
-- SQLite leaves traces of what it has moved, into pages of their own, which it overwrites when they are let go.
CREATE TABLE `payloads_apart` (
	`session` text NOT NULL,
	`side` text NOT NULL,
	`n` integer NOT NULL,
	`count` integer NOT NULL,
	`trimmed` integer NOT NULL,
	`room` blob GENERATED ALWAYS AS (zeroblob(1000)) STORED NOT NULL,
	`bytes` blob NOT NULL,
	PRIMARY KEY(`session`, `side`, `n`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `payloads_apart` (`session`, `side`, `n`, `count`, `trimmed`, `bytes`)
SELECT `session`, `side`, `n`, `count`, `trimmed`, `bytes` FROM `payloads`;
--> statement-breakpoint
DROP TABLE `payloads`;
--> statement-breakpoint
ALTER TABLE `payloads_apart` RENAME TO `payloads`;
