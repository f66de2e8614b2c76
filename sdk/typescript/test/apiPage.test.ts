import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import ts from 'typescript';

const read = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');

const parse = (name: string): ts.SourceFile =>
  ts.createSourceFile(name, read(name), ts.ScriptTarget.Latest, true);

/** What a module gives to others by name. */
function exportedNames(file: string): string[] {
  return parse(file).statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement) && statement.exportClause) {
      const { exportClause } = statement;
      return ts.isNamedExports(exportClause) ? exportClause.elements.map((e) => e.name.text) : [];
    }
    return ts.isVariableStatement(statement)
      ? statement.declarationList.declarations.map((declaration) => declaration.name.getText())
      : [];
  });
}

/** Methods and properties of the interfaces of api.ts. */
function memberNames(): string[] {
  return parse('src/api.ts').statements.flatMap((statement) =>
    ts.isInterfaceDeclaration(statement)
      ? statement.members.flatMap((member) => (member.name ? [member.name.getText()] : []))
      : [],
  );
}

describe('the API page', () => {
  const page = read('API.md') + read('README.md');
  const isNamed = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(page);

  it('has every name that the package exports', () => {
    const names = [...exportedNames('src/index.ts'), ...exportedNames('src/langchain.ts')];
    assert.ok(names.length > 10);
    assert.deepEqual(
      names.filter((name) => !isNamed(name)),
      [],
    );
  });

  it('has every method and option', () => {
    const names = memberNames();
    assert.ok(names.length > 50);
    assert.deepEqual(
      names.filter((name) => !isNamed(name)),
      [],
    );
  });
});
