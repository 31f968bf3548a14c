using System.Runtime.CompilerServices;
using IoTStream.Core.Tests.Support;
using IoTStream.State;

namespace IoTStream.Core.Tests.State;

[Parallelizable(ParallelScope.All)]
public class StateTableTests
{
    [Test]
    public void Behaves_like_a_dictionary_and_keeps_places() => Property.Holds(
        random => random.Next(),
        seed =>
        {
            var random = new Random(seed);
            int keys = random.Next(1, 200);
            var table = new StateTable<ClumsyKey, long>();
            var model = new Dictionary<ClumsyKey, (int Place, long State)>();
            for (int i = 0; i < 400; i++)
            {
                var key = new ClumsyKey(random.Next(keys), random.Next(2) == 0 ? 3 : 1000);
                switch (random.Next(40))
                {
                    case 0:
                        table.Clear();
                        model.Clear();
                        break;
                    case 1:
                        table.Reserve(random.Next(100));
                        table.Prefetch(key);
                        break;
                    case < 15:
                        table.Remove(key).Should().Be(model.Remove(key));
                        break;
                    default:
                        table.GetOrAdd(key, out bool isNew) += i;
                        isNew.Should().Be(!model.ContainsKey(key));
                        int place = table.GetOrAddPlace(key, out bool isNewAgain);
                        isNewAgain.Should().BeFalse();
                        (int Place, long State) known = model.GetValueOrDefault(key, (place, 0));
                        known.Place.Should().Be(place, "an entry keeps its place");
                        model[key] = (place, known.State + i);
                        break;
                }
            }

            table.Count.Should().Be(model.Count);
            Enumerable.Range(0, table.Places).Where(table.IsAt).Select(table.KeyAt).Should().BeEquivalentTo(model.Keys);
            foreach ((ClumsyKey key, (int place, long state)) in model)
            {
                table.PlaceOf(key).Should().Be(place);
                table.TryGet(key).Should().Be(state);
            }

            Unsafe.IsNullRef(ref table.TryGet(new ClumsyKey(-1, 3))).Should().BeTrue();
        });

    /// <summary>A key whose hashes collide as often as a test likes.</summary>
    private readonly record struct ClumsyKey(int Number, int Hashes)
    {
        public override int GetHashCode() => Number % Hashes;
    }
}
