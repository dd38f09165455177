import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KINDS, readKind } from './kinds.ts';

const AWS_ENDPOINT_URL = 'http://127.0.0.1:4566';

test('the kind of an endpoint is stated, never guessed', () => {
  for (const kind of KINDS) assert.equal(readKind({ AWS_ENDPOINT_URL, ENDPOINT_KIND: kind }), kind);
  assert.equal(readKind({ AWS_ENDPOINT_URL_SQS: AWS_ENDPOINT_URL, ENDPOINT_KIND: 'localstack' }), 'localstack');
  assert.throws(() => readKind({ AWS_ENDPOINT_URL }), /ENDPOINT_KIND is ""; it must be one of aws, ministack/);
  assert.throws(() => readKind({ AWS_ENDPOINT_URL, ENDPOINT_KIND: 'moto' }), /ENDPOINT_KIND is "moto"/);
});

test('only an account of AWS needs no endpoint', () => {
  assert.equal(readKind({ ENDPOINT_KIND: 'aws' }), 'aws');
  for (const kind of ['ministack', 'localstack', 'parts']) {
    assert.throws(() => readKind({ ENDPOINT_KIND: kind }), /set AWS_ENDPOINT_URL/);
  }
});
