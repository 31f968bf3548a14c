using System.Buffers;
using System.Text;
using FluentAssertions;
using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.State;
using NUnit.Framework;

namespace IoTStream.Core.Tests.Durability;

/// <summary>A job whose types have changed goes on with the state of the one before, or says what to do.</summary>
[Parallelizable(ParallelScope.All)]
public class StateMigrationTests
{
    [Test]
    public async Task Fields_are_found_by_their_names()
    {
        (await After(new First.Total { Count = 1, Sum = 2.5 }, new Second.Total(), static _ => { })).Should().Be(new Second.Total { Sum = 2.5, Count = 1 });
    }

    [Test]
    public async Task What_cannot_be_read_is_told_field_by_field()
    {
        Func<Task> start = () => After(new First.Total { Count = 1, Sum = 2.5 }, new Narrow.Total(), static _ => { });
        await start.Should().ThrowAsync<StateMismatchException>().WithMessage(
            "*step 'total'*Of the fields, Sum was float64 and is float32, Max is new.*MigrateState*DropState = [\"total\"]*");
    }

    [Test]
    public async Task A_function_makes_new_values_of_old_ones()
    {
        Narrow.Total total = await After(
            new First.Total { Count = 1, Sum = 2.5 },
            new Narrow.Total(),
            builder => builder.MigrateState<Second.Total, Narrow.Total>(old => new Narrow.Total { Count = old.Count, Sum = (float)old.Sum, Max = 9 }));
        total.Should().Be(new Narrow.Total { Count = 1, Sum = 2.5f, Max = 9 });
    }

    [Test]
    public async Task Migrations_can_follow_each_other()
    {
        Named total = await After(
            new First.Total { Count = 1, Sum = 2.5 },
            new Named(""),
            builder => builder.MigrateState<First.Total, Narrow.Total>(static old => new Narrow.Total { Count = old.Count, Max = 3 })
                .MigrateState<Narrow.Total, Named>(static old => new Named($"{old.Count} {old.Max}")));
        total.Should().Be(new Named("1 3"));
    }

    [Test]
    public async Task A_codec_keeps_what_it_wrote_and_a_decoder_reads_that_of_another()
    {
        Named old = new("a");
        (await After(old, new Named(""), static builder => builder.UseStateCodec("named 2", new Codec()).MigrateState("named 1", new Prefixed("migrated ")), Codec1))
            .Should().Be(new Named("migrated 1:a"));
        (await After(old, new Named(""), Codec1, Codec1)).Should().Be(new Named("1:a"));
        (await After(old, new Named(""), static builder => builder.UseStateCodec("named 2", new Codec()).MigrateState("json Named", new Prefixed("json "))))
            .Should().Be(new Named("json {\"Name\":\"a\"}"));

        static void Codec1(TopologyBuilder builder) => builder.UseStateCodec("named 1", new Codec("1:"));
    }

    [Test]
    public async Task A_migration_from_just_what_was_written_goes_before_what_fits_too()
    {
        Second.Total total = await After(
            new First.Total { Count = 1, Sum = 2.5 },
            new Second.Total(),
            builder => builder.MigrateState<First.Total, Second.Total>(old => new Second.Total { Count = old.Count + 100 }));
        total.Should().Be(new Second.Total { Count = 101 });
    }

    [TestCase("a(b")]
    [TestCase("a}")]
    [TestCase("a;b")]
    [TestCase("a => b")]
    [TestCase("json a")]
    [TestCase("int64")]
    [TestCase(" ")]
    public void Names_of_formats_that_would_be_taken_for_others_are_refused(string format) =>
        new TopologyBuilder("t").Invoking(builder => builder.UseStateCodec(format, new Codec())).Should().Throw<ArgumentException>().WithParameterName(nameof(format));

    [Test]
    public void Migrations_in_a_circle_are_refused()
    {
        TopologyBuilder builder = new TopologyBuilder("t").MigrateState<int, long>(static old => old).MigrateState<long, double>(static old => old);
        builder.Invoking(one => one.MigrateState<double, int>(static old => (int)old)).Should().Throw<ArgumentException>();
        builder.Invoking(one => one.MigrateState<int, int>(static old => old)).Should().Throw<ArgumentException>();
    }

    /// <summary>What a job finds in a state into which a job before it put a value of another type.</summary>
    private static async Task<T> After<TOld, T>(TOld old, T none, Action<TopologyBuilder> rules, Action<TopologyBuilder>? oldRules = null)
    {
        using var directory = new TemporaryDirectory();
        var source = new ReplayableSource(2) { Limit = 1 };
        List<TOld> before = await RunAsync(directory, source, old, old, oldRules ?? (static _ => { }));
        before.Should().Equal(old);
        source.Limit = 2;
        return (await RunAsync(directory, source, none, none, rules)).Should().ContainSingle().Which;
    }

    /// <summary>Runs a job that gives out the state that it finds for each record, or another value if there is none.</summary>
    private static async Task<List<T>> RunAsync<T>(TemporaryDirectory directory, ReplayableSource source, T none, T set, Action<TopologyBuilder> rules)
    {
        List<T> found = [];
        var builder = new TopologyBuilder("migration");
        rules(builder);
        builder.From("numbers", source)
            .KeyBy(static _ => "a")
            .Process("total", () => new Remembering<T>(none, set))
            .ForEach("found", found.Add);
        var options = new JobOptions { Lanes = 1, EpochLog = EpochLog.At(directory.File("log")), EpochInterval = TimeSpan.FromHours(1) };
        await using Job job = await builder.Build().StartAsync(options);
        await Within.Until(() => found.Count == 1);
        await Within.Time(job.StopAsync());
        return found;
    }

    private static class First
    {
        internal record struct Total
        {
            public long Count;
            public double Sum;
        }
    }

    private static class Second
    {
        internal record struct Total
        {
            public double Sum { get; set; }

            public long Count { get; set; }
        }
    }

    private static class Narrow
    {
        internal record struct Total
        {
            public long Count;
            public float Sum;
            public int Max;
        }
    }

    /// <summary>Gives out what its state has, and sets it.</summary>
    private sealed class Remembering<T> : KeyedProcess<string, int, T>
    {
        private readonly ValueState<T> _state;
        private readonly T _none;
        private readonly T _set;

        public Remembering(T none, T set)
        {
            _state = States.Value<T>("value");
            _none = none;
            _set = set;
        }

        public override void OnRecord(int value, KeyedProcessContext<string, T> context)
        {
            context.Emit(_state.TryGet(out T? found) ? found : _none);
            _state.Value = _set;
        }
    }

    private sealed record Named(string Name);

    private sealed class Codec(string prefix = "") : ICodec<Named>
    {
        public Named Decode(in ReadOnlySequence<byte> payload) => new(Encoding.UTF8.GetString(payload));

        public void Encode(Named value, IBufferWriter<byte> output) => output.Write(Encoding.UTF8.GetBytes(prefix + value.Name));
    }

    private sealed class Prefixed(string prefix) : IDecoder<Named>
    {
        public Named Decode(in ReadOnlySequence<byte> payload) => new(prefix + Encoding.UTF8.GetString(payload));
    }
}
