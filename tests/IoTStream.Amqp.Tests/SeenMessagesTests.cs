using System.Buffers;
using IoTStream.Amqp.Connectors;
using IoTStream.Core.Tests.Support;

namespace IoTStream.Amqp.Tests;

/// <summary>What a source remembers of identifiers, against a list of them all.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class SeenMessagesTests
{
    [Test]
    public void The_last_identifiers_are_known_and_no_others_over_restarts() => Property.Holds(
        static random => (Window: random.Next(1, 20), Seed: random.Next()),
        static given =>
        {
            var random = new Random(given.Seed);
            var seen = new SeenMessages(given.Window);
            List<(ulong Fingerprint, long Item)> all = [];
            for (int step = 0; step < 100; step++)
            {
                ulong fingerprint = SeenMessages.FingerprintOf($"{random.Next(40)}");
                (ulong, long)[] known = [.. all.TakeLast(given.Window)];
                int place = Array.FindIndex(known, entry => entry.Item1 == fingerprint);
                seen.TryFind(fingerprint, out long item).Should().Be(place >= 0);
                if (place >= 0)
                {
                    item.Should().Be(known[place].Item2);
                }
                else
                {
                    seen.Add(fingerprint, step + 1);
                    all.Add((fingerprint, step + 1));
                }

                if (random.Next(10) == 0)
                {
                    // The job fails, and what it had taken behind the epoch comes again.
                    int upTo = random.Next(Math.Max(0, step - given.Window), step + 2);
                    var position = new ArrayBufferWriter<byte>();
                    seen.Write(position, upTo);
                    seen = new SeenMessages(given.Window);
                    seen.Read(position.WrittenSpan);
                    all = [.. all.TakeLast(given.Window).Where(entry => entry.Item <= upTo).Select(static entry => (entry.Fingerprint, 0L))];
                }
            }
        });

    [Test]
    public void A_position_of_another_source_is_refused_with_what_to_do() =>
        FluentActions.Invoking(() => new SeenMessages(10).Read([7, 7, 7])).Should().Throw<InvalidDataException>().WithMessage("*a name of its own*");
}
