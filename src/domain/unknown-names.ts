// Names that nothing has: one code and one wording each, with the nearest name that there is.
import { didYouMean } from './did-you-mean.ts';
import { ExpectedError } from './errors.ts';

export const hostUnknown = (hostId: string, known: Iterable<string>): ExpectedError =>
  new ExpectedError('HOST_UNKNOWN', `no host ${hostId} is managed or reports`, {
    hint: didYouMean(hostId, known, 'List the hosts: minimon hosts list --all'),
  });

/** `known`: locations that hosts have or had. */
export const locationUnknown = (location: string, known: Iterable<string>): ExpectedError =>
  new ExpectedError('LOCATION_UNKNOWN', `no host was ever assigned to location ${location}`, {
    hint: didYouMean(location, known, 'List the locations: minimon locations list'),
  });

export const ruleUnknown = (name: string, known: Iterable<string>): ExpectedError =>
  new ExpectedError('RULE_UNKNOWN', `no rule ${name}`, {
    hint: didYouMean(name, known, 'List the rules: minimon alerts list'),
  });

export const receiverUnknown = (name: string, known: Iterable<string>): ExpectedError =>
  new ExpectedError('RECEIVER_UNKNOWN', `no receiver ${name}`, {
    hint: didYouMean(
      name,
      known,
      'List the receivers: minimon receivers list; minimon receivers add makes one.',
    ),
  });
