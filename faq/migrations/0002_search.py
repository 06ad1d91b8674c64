"""The search index beside the words: FTS5 on SQLite, a generated tsvector on PostgreSQL."""

from typing import Any

from django.db import migrations

SQLITE = [
    """CREATE VIRTUAL TABLE faq_index USING fts5(
        title, summary, body, content='faq_translation', content_rowid='id',
        tokenize="porter unicode61 remove_diacritics 2 tokenchars '-_'", prefix='2 3 4')""",
    """CREATE TRIGGER faq_index_add AFTER INSERT ON faq_translation BEGIN
        INSERT INTO faq_index(rowid, title, summary, body) VALUES (new.id, new.title, new.summary, new.body);
    END""",
    """CREATE TRIGGER faq_index_drop AFTER DELETE ON faq_translation BEGIN
        INSERT INTO faq_index(faq_index, rowid, title, summary, body)
        VALUES ('delete', old.id, old.title, old.summary, old.body);
    END""",
    """CREATE TRIGGER faq_index_change AFTER UPDATE OF title, summary, body ON faq_translation BEGIN
        INSERT INTO faq_index(faq_index, rowid, title, summary, body)
        VALUES ('delete', old.id, old.title, old.summary, old.body);
        INSERT INTO faq_index(rowid, title, summary, body) VALUES (new.id, new.title, new.summary, new.body);
    END""",
]
# Angle brackets become blanks: the text parser takes what stands between them for a tag and drops it.
POSTGRES = [
    """ALTER TABLE faq_translation ADD COLUMN words tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('english', translate(title, '<>', '  ')), 'A') || setweight(to_tsvector('simple', translate(title, '<>', '  ')), 'A') ||
        setweight(to_tsvector('english', translate(summary, '<>', '  ')), 'B') || setweight(to_tsvector('simple', translate(summary, '<>', '  ')), 'B') ||
        setweight(to_tsvector('english', translate(body, '<>', '  ')), 'C') || setweight(to_tsvector('simple', translate(body, '<>', '  ')), 'C')) STORED""",
    "CREATE INDEX faq_translation_words ON faq_translation USING gin (words)",
]
SQLITE_BACK = [
    "DROP TRIGGER faq_index_add",
    "DROP TRIGGER faq_index_drop",
    "DROP TRIGGER faq_index_change",
    "DROP TABLE faq_index",
]
POSTGRES_BACK = ["ALTER TABLE faq_translation DROP COLUMN words"]


def _run(schema_editor: Any, sqlite: list[str], postgres: list[str]) -> None:
    with schema_editor.connection.cursor() as cursor:
        for statement in postgres if schema_editor.connection.vendor == "postgresql" else sqlite:
            cursor.execute(statement)


def lay(apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, SQLITE, POSTGRES)


def lift(apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, SQLITE_BACK, POSTGRES_BACK)


class Migration(migrations.Migration):
    dependencies = [("faq", "0001_initial")]
    operations = [migrations.RunPython(lay, lift)]
