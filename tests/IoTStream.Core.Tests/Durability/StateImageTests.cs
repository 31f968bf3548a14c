using IoTStream.Core.Tests.Support;
using IoTStream.State;

namespace IoTStream.Core.Tests.Durability;

/// <summary>Tables that note what changes, by themselves: whatever happens to them between the epochs, another number of lanes gets it back.</summary>
public class StateImageTests
{
    [Test]
    public void Entries_survive_any_number_of_lives_and_lanes() => Property.Holds(
        random => random.Next(),
        seed =>
        {
            var random = new Random(seed);
            var image = new StateImage(shareBytes: random.Next(4) == 0 ? 0 : random.Next(1, 200));
            Dictionary<int, long> expected = [];
            int keys = random.Next(1, 40);
            for (int life = 0; life < 4; life++)
            {
                int lanes = random.Next(1, 5);
                IReadOnlyList<LaneCapture> captures = image.Start(lanes);
                StateTable<int, long>[] tables = [.. captures.Select(_ => new StateTable<int, long>())];
                StepState[] steps = [.. captures.Select(capture => capture.Add("step"))];
                KeyOwnership<int>[] owned = [.. captures.Select(capture => StateImage.Owned<int>(StableHash.OfIntegers, lanes, capture.Lane))];
                for (int lane = 0; lane < lanes; lane++)
                {
                    steps[lane].Add(new DurableStateTable<int, long>(
                        "table", tables[lane], StateSerializers.Default.Of<int>(), new SerializedValues<int, long>(tables[lane], StateSerializers.Default.Of<long>())));
                }

                image.Restore(lane => owned[lane]);
                foreach ((int key, long value) in expected)
                {
                    tables[Array.FindIndex(owned, owner => owner.Owns(key))].TryGet(key).Should().Be(value);
                }

                tables.Sum(table => table.Count).Should().Be(expected.Count);
                for (int epochs = random.Next(1, 10); epochs > 0; epochs--)
                {
                    for (int changes = random.Next(10); changes > 0; changes--)
                    {
                        int key = random.Next(keys);
                        StateTable<int, long> table = tables[Array.FindIndex(owned, owner => owner.Owns(key))];
                        if (random.Next(3) == 0)
                        {
                            table.Remove(key).Should().Be(expected.Remove(key));
                        }
                        else
                        {
                            table.GetOrAdd(key, out _) = expected[key] = random.NextInt64();
                        }
                    }

                    long epoch = image.Begin();
                    Array.ForEach(steps, step => step.Capture(epoch));
                    image.Commit();
                }
            }
        });
}
