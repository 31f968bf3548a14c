using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Stream-table joins on random input against their definition: the latest version as of a record's time.</summary>
[Parallelizable(ParallelScope.All)]
public class AsOfJoinProperties
{
    [Test]
    public void Each_record_gets_the_latest_version_as_of_its_time() => Property.Holds(
        JoinCase.Create,
        input => Check(input.WithoutLateVersions()),
        input => input.Shrink());

    [Test]
    public void Late_versions_are_counted_and_count_for_the_records_that_come_after_them() => Property.Holds(
        random => JoinCase.Create(random) with { Choice = random.Next(2) },
        Check,
        input => input.Shrink());

    private static bool IsOuter(JoinCase input) => input.Choice % 2 == 1;

    private static bool HasDeletions(JoinCase input) => input.Choice > 1;

    private static bool IsDeletion(JoinCase input, Reading row) => HasDeletions(input) && row.Value % 3 == 0;

    private static void Check(JoinCase input)
    {
        Reading[] table = input.IsSelfJoin ? input.Left : input.Right;
        long tableBound = input.IsSelfJoin ? input.LeftBound : input.RightBound;
        (List<Reading> records, List<Reading> late) = JoinCase.Divide(input.Left, input.LeftBound, input.Lateness);
        int lateVersions = JoinCase.Divide(table, tableBound, lateness: 0).Late.Count;
        Versions versions = new(input, table, tableBound);

        JoinRun run = JoinRun.Of(input, new Describer(input));

        ILookup<int, string> results = run.Results.ToLookup(result => int.Parse(result.Split(' ')[0]));
        int failed = 0;
        foreach (Reading record in records)
        {
            string?[] allowed = [.. versions.Of(record).Select(row => Result(input, record, row)).Distinct()];
            string? given = results[record.Id].SingleOrDefault();
            if (given is not null || !allowed.Contains("failed"))
            {
                allowed.Should().Contain(given, $"of record {record}");
            }

            failed += given is null && allowed is ["failed"] ? 1 : 0;
        }

        results.Select(found => found.Key).Except(records.Select(record => record.Id)).Should().BeEmpty();
        run.LateLeft.Order().Should().Equal(input.LateIsConsumed ? late.Select(reading => reading.Id).Order() : []);
        StepMetrics join = run.Metrics.Of("join");
        join.RecordsIn.Should().Be(input.Left.Length + table.Length);
        join.RecordsOut.Should().Be(results.Count);
        join.Late.Should().Be(late.Count + lateVersions);
        join.Dropped.Should().Be(input.LateIsConsumed ? 0 : late.Count);
        run.DeadLetters.Should().HaveCount((int)join.Errors).And.NotContain(letter => letter.Step != "join");
        if (lateVersions == 0)
        {
            join.Errors.Should().Be(failed);
        }

        if (input.Lateness == 0)
        {
            run.Metrics.Of("after").Late.Should().Be(0, "results of records that are on time are on time too");
        }
    }

    private static string? Result(JoinCase input, Reading record, Reading? row) =>
        row is null && !IsOuter(input) ? null
        : input.Fails(record, row) ? "failed"
        : $"{record.Id} {row?.Id} at {record.Time}";

    /// <summary>Which versions a record may be joined with: more than one if there are late ones, as these may come before it or after it.</summary>
    private sealed class Versions(JoinCase input, Reading[] table, long bound)
    {
        public IEnumerable<Reading?> Of(Reading record)
        {
            Reading? valid = null;
            long watermark = long.MinValue;
            foreach (Reading row in table)
            {
                if (watermark >= record.Time)
                {
                    yield return Row(valid);
                }

                watermark = Math.Max(watermark, row.Time - bound - 1);
                if (row.Key == record.Key && row.Time <= record.Time && (valid is null || row.Time >= valid.Time))
                {
                    valid = row;
                }
            }

            yield return Row(valid);
        }

        private Reading? Row(Reading? valid) => valid is null || IsDeletion(input, valid) ? null : valid;
    }

    private sealed class Describer(JoinCase input) : JoinRun.IDescriber
    {
        public DataStream<string> Describe<TKey>(
            KeyedStream<TKey, Reading> left, KeyedStream<TKey, Reading> right, out DataStream<Reading>? lateLeft, out DataStream<Reading>? lateRight)
            where TKey : notnull
        {
            lateRight = null;
            ErrorPolicy onError = input.FailsEvery > 0 ? ErrorPolicy.DeadLetter : ErrorPolicy.Fail;
            AsOfJoin<TKey, Reading, Reading> join = left.JoinAsOf(
                right, AllowedLateness.Of(TimeSpan.FromTicks(input.Lateness)), HasDeletions(input) ? row => IsDeletion(input, row) : null);
            return IsOuter(input)
                ? join.SelectOuter("join", Text, out lateLeft, onError)
                : join.Select("join", Text, out lateLeft, onError);
        }

        private string Text(Reading record, Reading? row) =>
            input.Fails(record, row) ? throw new InvalidOperationException("no result") : $"{record.Id} {row?.Id}";
    }
}
