using System.Text;
using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Log;

namespace IoTStream.Core.Tests.Log;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SpoolTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly FakeClock _clock = new();

    [Test]
    public void What_is_stored_is_read_in_order_with_its_headers_and_not_again_once_that_is_saved()
    {
        using (Spool spool = Open())
        {
            Append(spool, 0, 3).Should().Be(0);
            Append(spool, 3, 2).Should().Be(3);
            Read(spool).Should().Equal(0, 1, 2, 3, 4);
            Read(spool).Should().BeEmpty();
            spool.Count.Should().Be(5);
            spool.Confirm(2);
            spool.Save();
            spool.Confirm(4);
            spool.Count.Should().Be(1);
        }

        using Spool again = Open();
        again.Count.Should().Be(3, "what was confirmed after the last save is not known to be");
        List<SpooledRecord> records = [];
        again.TryRead(records).Should().BeTrue();
        records.Single().Offset.Should().Be(2);
        records.Single().Headers.Text("number").Should().Be("2");
        Read(again).Should().Equal(3, 4);
        again.Confirm(5);
        again.Count.Should().Be(0);
    }

    [Test]
    public void Epochs_are_remembered_also_when_all_has_been_forwarded()
    {
        SpoolOptions options = Options(queue => queue with { MaxBytes = 32 * 1024 });
        using (Spool spool = Open(options))
        {
            for (int epoch = 1; epoch <= 100; epoch++)
            {
                spool.TryAppend(Records(epoch * 10, 10), out _, "log/sink", epoch).Should().BeTrue();
                Read(spool).Should().HaveCount(10);
                spool.Confirm(epoch * 10);
                spool.Save();
            }

            spool.Bytes.Should().BeLessThan(16 * 1024);
        }

        using Spool again = Open(options);
        again.LastEpochOf("log/sink").Should().Be(100);
        again.Count.Should().Be(0);
        Append(again, 0, 1).Should().Be(1000, "offsets go on");
    }

    [Test]
    public void A_full_spool_holds_back_until_enough_is_forwarded()
    {
        using Spool spool = Open(Options(queue => queue with { MaxBytes = 32 * 1024 }));
        int stored = 0;
        while (Append(spool, stored, 10) is { } first)
        {
            first.Should().Be(stored);
            stored += 10;
        }

        spool.Bytes.Should().BeInRange(24 * 1024, 32 * 1024);
        Read(spool).Should().Equal(Enumerable.Range(0, stored));
        spool.Confirm(stored / 2);
        Append(spool, stored, 10).Should().Be(stored);
        spool.Confirm(stored + 10);
        Append(spool, stored + 10, 1000).Should().Be(stored + 10, "an empty one takes whatever comes");
        spool.DroppedForRoom.Should().Be(0);
    }

    [Test]
    public void The_oldest_make_room_and_are_counted([Values] bool isBeingForwarded)
    {
        using Spool spool = Open(Options(queue => queue with { MaxBytes = 32 * 1024 }) with { WhenFull = SpoolOverflow.DropOldest });
        List<SpooledRecord> inHand = [];
        Append(spool, 0, 10);
        if (isBeingForwarded)
        {
            spool.TryRead(inHand);
        }

        for (int stored = 10; stored < 2000; stored += 10)
        {
            Append(spool, stored, 10).Should().Be(stored);
        }

        spool.Bytes.Should().BeLessThan(33 * 1024);
        List<int> left = Read(spool);
        left.Should().Equal(Enumerable.Range(left[0], 2000 - left[0]));
        (spool.DroppedForRoom + inHand.Count + left.Count).Should().Be(2000);
        spool.DroppedForRoom.Should().BePositive();
        spool.Confirm(isBeingForwarded ? 10 : 0);
        spool.Count.Should().Be(left.Count);
        spool.Confirm(2000);
        spool.Count.Should().Be(0);
    }

    [Test]
    public void The_newest_are_dropped_and_counted()
    {
        using Spool spool = Open(Options(queue => queue with { MaxBytes = 32 * 1024 }) with { WhenFull = SpoolOverflow.DropNewest });
        int dropped = 0;
        for (int stored = 0; stored < 2000; stored += 10)
        {
            dropped += Append(spool, stored, 10) < 0 ? 10 : 0;
        }

        Read(spool).Should().Equal(Enumerable.Range(0, 2000 - dropped));
        spool.DroppedForRoom.Should().Be(dropped).And.BePositive();
    }

    [Test]
    public void What_is_too_old_is_passed_over_and_counted([Values] bool isWritten)
    {
        using Spool spool = Open(Options(queue => queue with { MaxBytes = 1 << 20, MaxAge = TimeSpan.FromHours(1), SegmentSize = 4096 }));
        Append(spool, 0, 500);
        Append(spool, 500, 500);
        _clock.Advance(TimeSpan.FromMinutes(59));
        Append(spool, 1000, 10);
        _clock.Advance(TimeSpan.FromMinutes(59));
        if (isWritten)
        {
            long before = spool.Bytes;
            Append(spool, 1010, 10);
            spool.Bytes.Should().BeLessThan(before, "files that have only what is too old are deleted");
        }

        Read(spool).Should().Equal(Enumerable.Range(1000, isWritten ? 20 : 10));
        spool.DroppedForAge.Should().Be(1000);
        spool.Count.Should().Be(isWritten ? 20 : 10);
        _clock.Advance(TimeSpan.FromHours(2));
        Append(spool, 1020, 1);
        spool.Confirm(1021);
        spool.Count.Should().Be(0);
    }

    [Test]
    public void It_belongs_to_one_and_needs_a_limit()
    {
        using Spool spool = Open();
        FluentActions.Invoking(() => Open()).Should().Throw<LogInUseException>();
        FluentActions.Invoking(() => SpoolOptions.In(DurableQueue.At("x"), "out")).Should().Throw<ArgumentException>().WithMessage("*MaxBytes*");
        FluentActions.Invoking(() => Options() with { After = TimeSpan.Zero }).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Options() with { WhenFull = (SpoolOverflow)7 }).Should().Throw<ArgumentException>();
    }

    /// <summary>Stores, reads, confirms, saves, crashes and clock at random: what comes out is what went in, in order, once between two crashes, but for what was dropped and counted.</summary>
    [Test]
    public void Nothing_is_lost_whatever_happens() => Property.Holds(static random => random.Next(), seed =>
    {
        var random = new Random(seed);
        using var folder = new TemporaryDirectory();
        var overflow = (SpoolOverflow)random.Next(3);
        SpoolOptions options = SpoolOptions.In(DurableQueue.At(folder.File("queue")) with { MaxBytes = 40 * 1024, SegmentSize = 4096 }, "out") with { WhenFull = overflow };
        Spool spool = Spool.Open(options, TimeProvider.System);
        int written = 0;
        long dropped = 0;
        long next = 0;
        long saved = 0;
        long confirmed = 0;
        List<int> accepted = [];
        Queue<SpooledRecord> sent = new();
        try
        {
            for (int step = 0; step < 60; step++)
            {
                switch (random.Next(7))
                {
                    case 0 or 1:
                        int count = random.Next(1, 60);
                        if (spool.TryAppend(Records(written, count), out long first) && first >= 0)
                        {
                            first.Should().Be(accepted.Count);
                            accepted.AddRange(Enumerable.Range(written, count));
                        }

                        written += count;
                        break;
                    case 2 or 3:
                        List<SpooledRecord> records = [];
                        spool.TryRead(records);
                        foreach (SpooledRecord record in records)
                        {
                            record.Offset.Should().BeGreaterThanOrEqualTo(next);
                            dropped += overflow == SpoolOverflow.DropOldest ? record.Offset - next : 0;
                            (record.Offset == next || overflow == SpoolOverflow.DropOldest).Should().BeTrue();
                            NumberOf(record).Should().Be(accepted[(int)record.Offset]);
                            next = record.Offset + 1;
                            sent.Enqueue(record);
                        }

                        break;
                    case 4:
                        for (int i = random.Next(60); i > 0 && sent.TryDequeue(out SpooledRecord done); i--)
                        {
                            confirmed = done.Offset + 1;
                            spool.Confirm(confirmed);
                        }

                        break;
                    case 5:
                        spool.Save();
                        saved = confirmed;
                        break;
                    default:
                        if (overflow == SpoolOverflow.DropOldest)
                        {
                            break;
                        }

                        // When there is no room, it saves by itself.
                        spool.Dispose();
                        spool = Spool.Open(options, TimeProvider.System);
                        spool.Count.Should().BeInRange(accepted.Count - confirmed, accepted.Count - saved);
                        next = accepted.Count - spool.Count;
                        (confirmed, saved) = (next, next);
                        sent.Clear();
                        break;
                }
            }

            if (overflow == SpoolOverflow.DropOldest)
            {
                next += spool.DroppedForRoom - dropped;
            }

            Read(spool).Should().Equal(accepted.Skip((int)next));
            spool.Confirm(accepted.Count);
            spool.Count.Should().Be(0);
        }
        finally
        {
            spool.Dispose();
        }
    }, share: 4);

    public void Dispose() => _folder.Dispose();

    private SpoolOptions Options(Func<DurableQueue, DurableQueue>? change = null) =>
        SpoolOptions.In((change ?? (queue => queue with { MaxBytes = 1 << 20 }))(DurableQueue.At(_folder.File("queue"))), "out");

    private Spool Open(SpoolOptions? options = null) => Spool.Open(options ?? Options(), _clock);

    private static List<(RecordHeaders, ReadOnlyMemory<byte>)> Records(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(number => (new RecordHeaders(new RecordHeader("number", $"{number}")), (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes($"{number}")))];

    private static long? Append(Spool spool, int first, int count) => spool.TryAppend(Records(first, count), out long offset) ? offset : null;

    private static List<int> Read(Spool spool)
    {
        List<SpooledRecord> records = [];
        while (spool.TryRead(records))
        {
        }

        return [.. records.Select(NumberOf)];
    }

    private static int NumberOf(SpooledRecord record) => int.Parse(Encoding.UTF8.GetString(record.Value.Span), System.Globalization.CultureInfo.InvariantCulture);
}
