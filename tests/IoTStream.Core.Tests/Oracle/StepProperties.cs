using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.State;
using IoTStream.Testing;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Small steps on random input against their definitions: samples, debounced records, running aggregates, functions without keys.</summary>
[Parallelizable(ParallelScope.All)]
public class StepProperties
{
    private const int Disorder = 6;

    [Test]
    public void A_sample_is_the_last_record_of_each_interval_by_event_time() => Property.Holds(
        random => random.Next(),
        seed =>
        {
            (Reading[] readings, long every) = Draw(seed);

            List<(int Id, long Timestamp)> samples = Run(
                seed, [readings], stream => stream.KeyBy(reading => reading.Key).Sample("sample", TimeSpan.FromTicks(every), AllowedLateness.None));

            samples.Order().Should().Equal(readings
                .GroupBy(reading => (reading.Key, Interval: reading.Time / every))
                .Select(interval => (interval.OrderBy(reading => reading.Time).Last().Id, ((interval.Key.Interval + 1) * every) - 1))
                .Order());
        });

    [Test]
    public void Debounce_gives_the_last_record_before_each_silence_by_event_time() => Property.Holds(
        random => random.Next(),
        seed =>
        {
            (Reading[] readings, long quiet) = Draw(seed);

            List<(int Id, long Timestamp)> settled = Run(
                seed, [readings], stream => stream.KeyBy(reading => reading.Key).Debounce("settled", TimeSpan.FromTicks(quiet), AllowedLateness.None));

            settled.Order().Should().Equal(readings
                .GroupBy(reading => reading.Key)
                .SelectMany(key => key.Where(reading => !key.Any(other => IsLater(other, reading) && other.Time < reading.Time + quiet)))
                .Select(reading => (reading.Id, reading.Time + quiet - 1))
                .Order());

            // Ids are given in the order of arrival.
            static bool IsLater(Reading reading, Reading than) => reading.Time > than.Time || (reading.Time == than.Time && reading.Id > than.Id);
        });

    [Test]
    public void An_aggregate_without_windows_is_that_of_all_records_of_the_key_so_far() => Property.Holds(
        random => random.Next(),
        seed =>
        {
            (Reading[] readings, _) = Draw(seed);
            var sink = new TestSink<KeyValuePair<int, (long Sum, long Timestamp)>>();
            var source = new TestSource<Reading>();
            var builder = new TopologyBuilder("running");
            Timed(builder, source).KeyBy(reading => reading.Key)
                .Aggregate("sum", Aggregates.Sum<Reading, long>(reading => reading.Value))
                .Select((sum, context) => KeyValuePair.Create(sum.Key, (sum.Value, context.TimestampTicks)))
                .To("sink", sink);
            using TestJob job = TestJob.Start(builder.Build(), TestJobOptions.FromSeed(seed));
            source.AddRange(readings);
            source.End();
            job.RunToEnd();

            foreach (IGrouping<int, Reading> key in readings.GroupBy(reading => reading.Key))
            {
                long sum = 0;
                sink.Values.Where(result => result.Key == key.Key).Select(result => result.Value)
                    .Should().Equal(key.Select(reading => (sum += reading.Value, reading.Time)));
            }

            sink.Values.Should().HaveCount(readings.Length);
        });

    [Test]
    public void A_function_without_keys_sees_every_record_of_its_lane_once_and_keeps_its_list_until_the_end() => Property.Holds(
        random => random.Next(),
        seed =>
        {
            var random = new Random(seed);
            int size = random.Next(1, 6);
            Reading[][] partitions = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => Draw(random.Next()).Readings)];
            Reading[][] numbered = [.. partitions.Select((readings, partition) =>
                readings.Select(reading => reading with { Id = (partition * 1_000) + reading.Id }).ToArray())];

            List<(int Id, long Timestamp)> passed = Run(
                seed, numbered, stream => stream.Process("packets", () => new Packets(size)).SelectMany(packet => packet), isTimestampKept: false);

            passed.Select(record => record.Id).Order().Should().Equal(numbered.SelectMany(readings => readings.Select(reading => reading.Id)).Order());
            foreach (Reading[] readings in numbered)
            {
                int[] ids = [.. readings.Select(reading => reading.Id)];
                passed.Select(record => record.Id).Where(ids.Contains).Should().Equal(ids, "records of a partition stay in order");
            }
        });

    private static (Reading[] Readings, long Time) Draw(int seed)
    {
        var random = new Random(seed);
        (int keys, int pace) = (random.Next(1, 5), random.Next(1, 10));
        long time = 1_000;
        Reading[] readings = [.. Enumerable.Range(0, random.Next(60)).Select(id =>
            new Reading(id, random.Next(keys), (time += random.Next(pace)) - random.Next(Disorder + 1), random.Next(-100, 100)))];
        return (readings, random.Next(1, 15));
    }

    private static DataStream<Reading> Timed(TopologyBuilder builder, TestSource<Reading> source) => builder.From("source", source)
        .WithEventTime(reading => reading.Timestamp, Watermarks.BoundedOutOfOrderness(TimeSpan.FromTicks(Disorder)));

    private static List<(int Id, long Timestamp)> Run(
        int seed, Reading[][] partitions, Func<DataStream<Reading>, DataStream<Reading>> describe, bool isTimestampKept = true)
    {
        var sink = new TestSink<Reading>();
        var source = new TestSource<Reading>(partitions.Length);
        var builder = new TopologyBuilder("step");
        describe(Timed(builder, source)).To("sink", sink);
        using TestJob job = TestJob.Start(builder.Build(), TestJobOptions.FromSeed(seed));
        for (int partition = 0; partition < partitions.Length; partition++)
        {
            source[partition].AddRange(partitions[partition]);
        }

        source.End();
        job.RunToEnd();
        return [.. sink.Records.Select(record => (record.Value.Id, isTimestampKept ? record.Timestamp.UtcTicks : 0))];
    }

    /// <summary>Gives records in packets of a size and the rest at the end, and checks what it is told of time.</summary>
    private sealed class Packets : Process<Reading, IReadOnlyList<Reading>>
    {
        private readonly ListState<Reading> _waiting;
        private readonly int _size;
        private DateTimeOffset? _watermark;

        public Packets(int size)
        {
            _size = size;
            _waiting = List<Reading>("waiting");
        }

        public override void OnRecord(Reading reading, ProcessContext<IReadOnlyList<Reading>> context)
        {
            (context.Timestamp, context.IsLate, context.Watermark).Should().Be((reading.Timestamp, reading.Timestamp <= _watermark, _watermark));
            _waiting.Add(reading);
            if (_waiting.Count == _size)
            {
                Send(context);
            }
        }

        public override void OnWatermark(DateTimeOffset watermark, ProcessContext<IReadOnlyList<Reading>> context)
        {
            (watermark > (_watermark ?? DateTimeOffset.MinValue)).Should().BeTrue("watermarks advance");
            _watermark = watermark;
            if (watermark == DateTimeOffset.MaxValue && _waiting.Count > 0)
            {
                Send(context);
            }
        }

        private void Send(ProcessContext<IReadOnlyList<Reading>> context)
        {
            context.Emit(_waiting.Values.ToArray());
            _waiting.Clear();
        }
    }
}
