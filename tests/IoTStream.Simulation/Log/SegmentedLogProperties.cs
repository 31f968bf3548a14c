using IoTStream.Core.Tests.Support;
using IoTStream.Log;
using IoTStream.Simulation.Disk;

namespace IoTStream.Simulation.Log;

[Parallelizable(ParallelScope.All)]
public class SegmentedLogProperties
{
    [Test]
    public void What_was_committed_is_there_once_and_in_order_whatever_the_disk_does() => Property.Holds(
        random => (Seed: random.Next(), Steps: random.Next(5, 80)),
        run =>
        {
            var log = new LogRun(run.Seed);
            for (int i = 0; i < run.Steps; i++)
            {
                log.Step();
            }
        },
        run => run.Steps > 1 ? [run with { Steps = run.Steps / 2 }, run with { Steps = run.Steps - 1 }] : []);

    [Test]
    public void A_bit_that_turns_is_noticed_wherever_it_is() => Property.Holds(
        random => random.Next(),
        seed =>
        {
            var random = new Random(seed);
            WrittenLog log = WrittenLog.Create(random, random.Next(1, 8), Payloads.Next);
            (string name, SimulatedFile file) = log.Directory.Files.ElementAt(random.Next(log.Directory.Files.Count));
            long bit = random.NextInt64(file.Length * 8);

            log.Flip(name, bit);

            LogDamagedException? damage = log.FindDamage(out List<byte[]> found);
            if (damage is not null)
            {
                damage.File.Should().EndWith(name);
                damage.Offset.Should().BeLessThanOrEqualTo(bit / 8);
                return;
            }

            name.Should().Be(log.Directory.Files.Keys.Last());
            (bit / 8).Should().BeGreaterThanOrEqualTo(log.LastCommitOffset, "only of the last commit it is not known whether it was one");
            found.Count.Should().BeInRange(log.FramesBeforeLastCommit, log.Payloads.Count - 1);
            found.Should().BeEquivalentTo(log.Payloads.Take(found.Count), options => options.WithStrictOrdering());
        });

    [Test]
    public void No_turned_bit_is_taken_for_a_write_cut_short_where_sectors_are_not_empty()
    {
        var random = new Random(1);
        WrittenLog log = WrittenLog.Create(random, commits: 6, source => [.. Enumerable.Range(0, source.Next(1, 100)).Select(_ => (byte)source.Next(1, 256))]);
        foreach ((string name, SimulatedFile file) in log.Directory.Files.ToArray())
        {
            for (long bit = 0; bit < file.Length * 8; bit++)
            {
                log.Flip(name, bit);
                log.FindDamage(out _).Should().NotBeNull("bit {0} of {1} is turned", bit, name);
                log.Flip(name, bit);
            }
        }

        log.FindDamage(out List<byte[]> found).Should().BeNull();
        found.Should().HaveCount(log.Payloads.Count);
    }

    [Test]
    public void A_segment_that_is_missing_is_noticed()
    {
        foreach (string name in WrittenLog.Create(new Random(2), commits: 12, Payloads.Next).Directory.Files.Keys)
        {
            WrittenLog log = WrittenLog.Create(new Random(2), commits: 12, Payloads.Next);
            log.Directory.Lose(name);

            LogDamagedException? damage = log.FindDamage(out _);

            damage.Should().NotBeNull();
            damage!.File.Should().EndWith(name);
            damage.Message.Should().Contain("the segment is missing").And.Contain("Put the missing file back");
        }
    }

    [Test]
    public void A_segment_of_another_log_is_noticed()
    {
        WrittenLog log = WrittenLog.Create(new Random(3), commits: 12, Payloads.Next);
        WrittenLog other = WrittenLog.Create(new Random(3), commits: 12, Payloads.Next);
        string name = log.Directory.Files.Keys.ElementAt(1);

        log.Directory.Plant(name, other.Directory.Files[name].Content);

        log.FindDamage(out _)!.Message.Should().Contain("belongs to the log").And.Contain("Remove the segments that do not belong here");
    }

    [Test]
    public void A_last_commit_that_went_bad_is_cut_only_if_that_was_asked_for()
    {
        WrittenLog log = WrittenLog.Create(new Random(4), commits: 1, _ => [1, 2, 3]);
        log.Flip(log.Directory.Files.Keys.Single(), (log.LastCommitOffset + FrameHeader.Size) * 8);
        log.FindDamage(out _)!.Message.Should().Contain("DamagedTail.Cut");

        using SegmentedLog opened = SegmentedLog.Open(log.Directory, WrittenLog.Options with { DamagedTail = DamagedTail.Cut });

        opened.NextSequence.Should().Be(1);
        opened.CutOff!.WasDamaged.Should().BeTrue();
    }
}
