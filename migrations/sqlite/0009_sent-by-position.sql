DROP INDEX `facts_stream_kind`;--> statement-breakpoint
CREATE INDEX `facts_stream_kind` ON `facts` (`stream`,`kind`,`position`) WHERE "kind" <> 'session.sent';