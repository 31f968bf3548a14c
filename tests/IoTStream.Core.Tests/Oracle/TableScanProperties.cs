using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.State;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Copies of tables that are asked for at random moments of random schedules: each is the table as of one moment of the source.</summary>
[Parallelizable(ParallelScope.All)]
public class TableScanProperties
{
    [Test]
    public void A_copy_has_what_came_of_the_first_records_of_each_reader_and_no_more() => Property.Holds(random => random.Next(), Check);

    private static void Check(int seed)
    {
        var random = new Random(seed);

        // Each reader has a bank of its own, whose accounts are the numbers with the same remainder.
        int readers = random.Next(1, 4);
        var banks = Enumerable.Range(0, readers).Select(reader => new Bank(random.Next(2, 9), seed + reader)).ToArray();
        Transfer[][] transfers = [.. banks.Select((bank, reader) => Enumerable.Range(0, random.Next(150)).Select(_ => Of(bank.Next(), reader)).ToArray())];
        int readSize = random.Next(1, 20);
        var gate = new Gate(random);
        var sink = new CollectingSink<int> { On = gate.PassAsync };
        Topology topology = banks[0].Topology(
            new ArraySource<Transfer>(transfers, _ => random.Next(1, readSize + 1)), sink, out KeyedTable<int, Balance> table);
        List<Task<List<TableEntry<int, Balance>>[]>> copies = [];
        var options = new JobOptions
        {
            Lanes = random.Next(1, 5),
            BatchSize = random.Next(3) == 0 ? 1 : random.Next(1, 30),
            ExchangeCapacity = random.Next(1, 4),
        };

        topology.Step(options, random, gate, program =>
        {
            if (random.Next(6) == 0 && copies.TrueForAll(copy => copy.IsCompleted))
            {
                int only = random.Next(4);
                copies.Add(table.In(program).Capture(only == 0 ? entry => entry.Key % readers == 0 : null));
            }
        });

        foreach (Task<List<TableEntry<int, Balance>>[]> copy in copies)
        {
            copy.IsCompletedSuccessfully.Should().BeTrue("an epoch is complete when its job has ended, if not before");
            foreach (IGrouping<int, TableEntry<int, Balance>> bank in copy.Result.SelectMany(lane => lane).GroupBy(entry => entry.Key % readers))
            {
                bank.Sum(entry => entry.Value.Amount).Should().Be(0);
            }
        }

        Transfer Of(Transfer transfer, int reader) =>
            transfer with { From = (transfer.From * readers) + reader, To = (transfer.To * readers) + reader };
    }
}
