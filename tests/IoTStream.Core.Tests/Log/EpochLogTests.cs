using System.Text;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Disk;
using IoTStream.Log;

namespace IoTStream.Core.Tests.Log;

[Parallelizable(ParallelScope.All)]
public class EpochLogTests
{
    private static readonly EpochTable[] Tables = [new(0, "speed", "long>double"), new(1, "alerts", "json")];

    [Test]
    public void An_epoch_is_read_as_it_was_written()
    {
        using var folder = new TemporaryDirectory();
        EpochLog description = EpochLog.At(folder.File("state"));
        var lane = new EpochContribution();
        lane.Begin(SectionKind.Changes, table: 0, keyGroup: 127);
        lane.Put("key"u8, "value"u8);
        lane.Delete("gone"u8);
        lane.Put("empty"u8, []);
        lane.Begin(SectionKind.Share, table: 1, keyGroup: 3);
        var coordinator = new EpochContribution();
        coordinator.Begin(SectionKind.Positions, table: 7);
        coordinator.Put("partition"u8, "42"u8);
        coordinator.Begin(SectionKind.Outbox, table: 9);
        coordinator.Put([], new byte[1000]);
        using (EpochWriter writer = EpochWriter.Open(description, TimeProvider.System))
        {
            writer.LastEpoch.Should().Be(0);
            writer.Commit(turnStart: 1, completesTurn: false, keepFrom: 1, Tables, "topology"u8, [lane, coordinator]).Should().Be(1);
        }

        using EpochWriter again = EpochWriter.Open(description, TimeProvider.System);
        again.LastEpoch.Should().Be(1);
        using EpochReader replay = again.Replay();
        replay.TryRead(out Epoch epoch).Should().BeTrue();
        epoch.Header.Epoch.Should().Be(1);
        epoch.Header.CompletesTurn.Should().BeFalse();
        Encoding.UTF8.GetString(epoch.Description).Should().Be("topology");
        epoch.ReadTables().Should().Equal(Tables);
        List<string> entries = [];
        foreach (EpochSection section in epoch)
        {
            entries.Add($"{section.Kind} {section.Table} {section.KeyGroup} {section.Count}");
            foreach (EpochEntry entry in section)
            {
                entries.Add($"{Encoding.UTF8.GetString(entry.Key)}={(entry.IsDelete ? "-" : entry.Value.Length < 100 ? Encoding.UTF8.GetString(entry.Value) : entry.Value.Length)}");
            }
        }

        entries.Should().Equal(
            "Changes 0 127 3", "key=value", "gone=-", "empty=", "Share 1 3 0", "Positions 7 0 1", "partition=42", "Outbox 9 0 1", "=1000");
        replay.TryRead(out _).Should().BeFalse();
    }

    [Test]
    public void What_came_before_a_complete_turn_is_cut_away_unless_an_outbox_needs_it()
    {
        using var folder = new TemporaryDirectory();
        EpochLog description = EpochLog.At(folder.File("state")) with { SegmentSize = 4096 };
        using EpochWriter writer = EpochWriter.Open(description, TimeProvider.System);
        var lane = new EpochContribution();
        for (int i = 1; i <= 100; i++)
        {
            Commit(writer, lane, turnStart: 1, completesTurn: i == 100, keepFrom: i);
        }

        writer.Base.Should().Be(1);
        Commit(writer, lane, turnStart: 101, completesTurn: true, keepFrom: 50);
        writer.Base.Should().Be(101);
        writer.FirstEpoch.Should().BeInRange(40, 50, "the outboxes from epoch 50 on are needed");

        Commit(writer, lane, turnStart: 102, completesTurn: false, keepFrom: 102);

        writer.FirstEpoch.Should().BeInRange(90, 101);
        using EpochReader replay = writer.Replay();
        replay.TryRead(out Epoch epoch).Should().BeTrue();
        epoch.Header.Epoch.Should().Be(101);
    }

    [Test]
    public void A_savepoint_stays_as_it_was()
    {
        using var folder = new TemporaryDirectory();
        EpochLog description = EpochLog.At(folder.File("state")) with { SegmentSize = 4096 };
        using EpochWriter writer = EpochWriter.Open(description, TimeProvider.System);
        var lane = new EpochContribution();
        ((Action)(() => writer.CreateSavepoint("early"))).Should().Throw<InvalidOperationException>().WithMessage("*before the first epoch*");
        for (int i = 1; i <= 100; i++)
        {
            Commit(writer, lane, turnStart: i <= 50 ? 1 : 51, completesTurn: i == 50, keepFrom: i);
        }

        writer.CreateSavepoint("before-upgrade").Epoch.Should().Be(100);
        ((Action)(() => writer.CreateSavepoint("before-upgrade"))).Should().Throw<ArgumentException>().WithMessage("*already*");
        for (int i = 101; i <= 200; i++)
        {
            Commit(writer, lane, turnStart: i < 151 ? 51 : 151, completesTurn: i == 151, keepFrom: i);
        }

        writer.FirstEpoch.Should().BeGreaterThan(100);
        var directory = new DiskDirectory(description.Directory);
        Savepoint.List(directory).Should().ContainSingle().Which.Name.Should().Be("before-upgrade");
        Savepoint savepoint = Savepoint.Open(directory, "before-upgrade");
        using EpochReader replay = savepoint.Replay();
        for (int i = 1; i <= 100; i++)
        {
            replay.TryRead(out Epoch epoch).Should().BeTrue();
            epoch.Header.Epoch.Should().Be(i);
        }

        replay.TryRead(out _).Should().BeFalse();
        ((Action)(() => Savepoint.Open(directory, "other"))).Should().Throw<ArgumentException>().WithMessage("*There are: before-upgrade.*");
        ((Action)(() => writer.CreateSavepoint("../x"))).Should().Throw<ArgumentException>();
    }

    [Test]
    public void Epochs_cost_no_memory_once_the_first_have_been_written()
    {
        using var folder = new TemporaryDirectory();
        using EpochWriter writer = EpochWriter.Open(EpochLog.At(folder.File("state")), TimeProvider.System);
        var lane = new EpochContribution();
        for (int i = 1; i <= 3; i++)
        {
            CommitMany(writer, lane);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        CommitMany(writer, lane);

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(2000, "100,000 entries were written");
    }

    [TestCase("")]
    [TestCase(" ")]
    public void A_log_needs_a_directory(string directory) => ((Action)(() => EpochLog.At(directory))).Should().Throw<ArgumentException>();

    [Test]
    public void Options_out_of_range_are_refused_with_their_names()
    {
        ((Action)(() => _ = EpochLog.At("state") with { SegmentSize = 100 })).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*EpochLog.SegmentSize is 100*");
        ((Action)(() => _ = EpochLog.At("state") with { DamagedTail = (DamagedTail)7 })).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*DamagedTail is 7*");
    }

    private static void Commit(EpochWriter writer, EpochContribution lane, long turnStart, bool completesTurn, long keepFrom)
    {
        lane.Clear();
        lane.Begin(SectionKind.Changes, table: 0, keyGroup: 0);
        lane.Put("key"u8, new byte[200]);
        writer.Commit(turnStart, completesTurn, keepFrom, Tables, default, [lane]);
    }

    private static void CommitMany(EpochWriter writer, EpochContribution lane)
    {
        lane.Clear();
        for (int group = 0; group < 100; group++)
        {
            lane.Begin(SectionKind.Changes, table: 0, keyGroup: group);
            for (int i = 0; i < 1000; i++)
            {
                lane.Put(keyLength: 8, valueLength: 16).Fill(1);
            }
        }

        writer.Commit(turnStart: writer.Base, completesTurn: false, keepFrom: 1, Tables, default, [lane]);
    }
}
