-- A fact is written once. Nothing deletes it, and of its columns only the content may change, and only to null.
CREATE TRIGGER `facts_not_deleted` BEFORE DELETE ON `facts`
BEGIN
	SELECT RAISE(ABORT, 'a fact is never deleted');
END;
--> statement-breakpoint
CREATE TRIGGER `facts_not_changed` BEFORE UPDATE ON `facts`
WHEN NOT (
	NEW.`content` IS NULL AND OLD.`content` IS NOT NULL
	AND NEW.`ordinal` IS OLD.`ordinal`
	AND NEW.`stream` IS OLD.`stream`
	AND NEW.`position` IS OLD.`position`
	AND NEW.`kind` IS OLD.`kind`
	AND NEW.`at` IS OLD.`at`
	AND NEW.`skeleton` IS OLD.`skeleton`
	AND NEW.`hash` IS OLD.`hash`
)
BEGIN
	SELECT RAISE(ABORT, 'of a fact only the content changes, and only to null');
END;
--> statement-breakpoint
-- INSERT OR REPLACE deletes without asking the trigger above.
CREATE TRIGGER `facts_not_replaced` BEFORE INSERT ON `facts`
WHEN EXISTS (SELECT 1 FROM `facts` WHERE `ordinal` = NEW.`ordinal`)
	OR EXISTS (SELECT 1 FROM `facts` WHERE `stream` = NEW.`stream` AND `position` = NEW.`position`)
BEGIN
	SELECT RAISE(ABORT, 'a fact is never replaced');
END;
