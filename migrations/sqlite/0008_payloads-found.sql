-- Written by hand: drizzle does not see a generated column. A tree that is ordered by text compares whole rows, payloads
-- and all, to find one; ordered by numbers, with the names in an index beside it, it does not. `room` stands before the
-- payloads, and `rest` makes each row end where a page does: of such a row SQLite keeps no more in the page of the tree
-- than what stands before the payloads. They lie in pages of their own, which it overwrites when they are let go.
CREATE TABLE `payloads_found` (
	`session` text NOT NULL,
	`side` text NOT NULL,
	`n` integer NOT NULL,
	`count` integer NOT NULL,
	`trimmed` integer NOT NULL,
	`room` blob GENERATED ALWAYS AS (zeroblob(600)) STORED NOT NULL,
	`bytes` blob NOT NULL,
	`rest` blob GENERATED ALWAYS AS (zeroblob((8048 - length(`bytes`) % 4092) % 4092)) STORED NOT NULL,
	PRIMARY KEY(`session`, `side`, `n`)
) STRICT;
--> statement-breakpoint
INSERT INTO `payloads_found` (`session`, `side`, `n`, `count`, `trimmed`, `bytes`)
SELECT `session`, `side`, `n`, `count`, `trimmed`, `bytes` FROM `payloads`;
--> statement-breakpoint
DROP TABLE `payloads`;
--> statement-breakpoint
ALTER TABLE `payloads_found` RENAME TO `payloads`;
