"""PhysioNet's WFDB records: header, samples, annotations, multi-segment records, and a writer.

Own code, because the reference package needs pandas at run time. It is the oracle of the tests.
Specification: WFDB Applications Guide, header(5), signal(5), annot(5),
https://physionet.org/physiotools/wag/.
"""
