using System.Runtime.CompilerServices;
using IoTStream.Core.Tests.Support;
using IoTStream.State;

namespace IoTStream.Core.Tests.State;

[Parallelizable(ParallelScope.All)]
public class PaneTableTests
{
    private enum Hashing
    {
        Good,
        AllEqual,
        HighBitsOnly,
        Negative,
    }

    [Test]
    public void It_is_a_dictionary_that_keeps_the_order_of_arrival_whatever_the_hash_codes() => Property.Holds(
        random =>
        {
            int span = random.Next(1, 120);
            int removal = random.Next(1, 8);
            return (
                Hashing: (Hashing)random.Next(4),
                Steps: Enumerable.Range(0, random.Next(200)).Select(_ => (Key: random.Next(span), Act: random.Next(random.Next(removal) == 0 ? 100 : 90))).ToArray());
        },
        input =>
        {
            var table = new PaneTable<Key, int>();
            var model = new Dictionary<Key, int>();
            var order = new List<Key>();
            foreach ((int number, int act) in input.Steps)
            {
                var key = new Key(number, input.Hashing);
                if (act == 99)
                {
                    table.Clear();
                    model.Clear();
                    order.Clear();
                }
                else if (act > 90 && order.Count > 0)
                {
                    table.RemoveLast();
                    model.Remove(order[^1]);
                    order.RemoveAt(order.Count - 1);
                }
                else if (act > 60)
                {
                    ref int found = ref table.TryGet(key);
                    Unsafe.IsNullRef(ref found).Should().Be(!model.TryGetValue(key, out int expected));
                    if (!Unsafe.IsNullRef(ref found))
                    {
                        found.Should().Be(expected);
                    }
                }
                else
                {
                    ref int accumulator = ref table.GetOrAdd(key, out bool isNew);
                    isNew.Should().Be(!model.ContainsKey(key));
                    accumulator = (isNew ? 0 : accumulator) + act;
                    model[key] = model.GetValueOrDefault(key) + act;
                    if (isNew)
                    {
                        order.Add(key);
                    }
                }
            }

            table.Count.Should().Be(model.Count);
            table.Entries.ToArray().Select(entry => (entry.Key, entry.Accumulator)).Should().Equal(order.Select(key => (key, model[key])));
        });

    [Test]
    public void A_new_key_finds_its_accumulator_empty_after_the_table_was_cleared()
    {
        var table = new PaneTable<string, List<int>?>();
        table.GetOrAdd("a", out _) = [1];
        table.Clear();

        ref List<int>? accumulator = ref table.GetOrAdd("a", out bool isNew);

        isNew.Should().BeTrue();
        accumulator.Should().BeNull();
    }

    private readonly record struct Key(int Number, Hashing Hashing)
    {
        public override int GetHashCode() => Hashing switch
        {
            Hashing.AllEqual => 42,
            Hashing.HighBitsOnly => Number << 24,
            Hashing.Negative => -Number,
            _ => Number,
        };
    }
}
