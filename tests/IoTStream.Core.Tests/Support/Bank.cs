using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;

namespace IoTStream.Core.Tests.Support;

/// <summary>An amount that goes from one account to another, and what both have then.</summary>
internal sealed record Transfer(int From, long FromAmount, int To, long ToAmount);

/// <summary>What an account has.</summary>
internal sealed record Balance(int Account, long Amount);

/// <summary>Accounts that begin with nothing and give to each other, so that all together always have nothing.</summary>
internal sealed class Bank(int accounts, int seed)
{
    private readonly Random _random = new(seed);
    private readonly Dictionary<int, long> _amounts = [];

    public IReadOnlyDictionary<int, long> Amounts => _amounts;

    public Transfer Next()
    {
        int from = _random.Next(accounts);
        int to = (from + 1 + _random.Next(accounts - 1)) % accounts;
        long amount = _random.Next(1, 100);
        _amounts[from] = _amounts.GetValueOrDefault(from) - amount;
        _amounts[to] = _amounts.GetValueOrDefault(to) + amount;
        return new Transfer(from, _amounts[from], to, _amounts[to]);
    }

    /// <summary>A table of the balances, on the lanes of their accounts.</summary>
    public Topology Topology(ISource<Transfer> transfers, ISink<int> sink, out KeyedTable<int, Balance> table)
    {
        var builder = new TopologyBuilder("bank");
        table = builder.From("transfers", transfers)
            .SelectMany(transfer => (Balance[])
            [
                new Balance(transfer.From, transfer.FromAmount),
                new Balance(transfer.To, transfer.ToAmount)
            ])
            .KeyBy(balance => balance.Account)
            .ToTable("accounts");
        table.Records.Process("passed", () => new Accounts()).To("sink", sink);
        return builder.Build();
    }

    private sealed class Accounts : KeyedProcess<int, Balance, int>
    {
        public override void OnRecord(Balance record, KeyedProcessContext<int, int> context) => context.Emit(record.Account);
    }
}
