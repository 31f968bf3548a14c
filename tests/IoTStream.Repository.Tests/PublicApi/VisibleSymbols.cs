using Microsoft.CodeAnalysis;

namespace IoTStream.Repository.Tests.PublicApi;

/// <summary>What of an assembly can be seen from outside, in the order of a listing.</summary>
internal static class VisibleSymbols
{
    public static IEnumerable<INamedTypeSymbol> VisibleTypes(this INamespaceOrTypeSymbol container)
    {
        foreach (INamespaceOrTypeSymbol member in container.GetMembers().OfType<INamespaceOrTypeSymbol>())
        {
            if (member is INamedTypeSymbol type)
            {
                if (!type.IsVisible())
                {
                    continue;
                }

                yield return type;
            }

            foreach (INamedTypeSymbol nested in member.VisibleTypes())
            {
                yield return nested;
            }
        }
    }

    public static IEnumerable<ISymbol> VisibleMembers(this INamedTypeSymbol type) => type.GetMembers()
        .Where(member => member is not INamedTypeSymbol && member.IsVisible() && !IsImplied(member))
        .OrderBy(member => type.TypeKind == TypeKind.Enum ? Value(member) : Rank(member))
        .ThenBy(member => member.Name, StringComparer.Ordinal)
        .ThenBy(member => member.ToDisplayString(ApiFormat.Member), StringComparer.Ordinal);

    public static bool IsCompilerGenerated(this ISymbol symbol) =>
        symbol.GetAttributes().Any(attribute => attribute.AttributeClass is { Name: "CompilerGeneratedAttribute" });

    private static bool IsVisible(this ISymbol symbol) =>
        symbol.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal;

    // Accessors are told with their property or event; what every record, enum, struct and delegate has is told by its kind.
    private static bool IsImplied(ISymbol member) => member switch
    {
        IFieldSymbol field => field.ContainingType.TypeKind == TypeKind.Enum && !field.HasConstantValue,
        IMethodSymbol { AssociatedSymbol: not null } => true,
        IMethodSymbol { Name: "Deconstruct" } => false,
        IMethodSymbol { MethodKind: MethodKind.Constructor, Parameters: [] } constructor =>
            constructor.ContainingType.IsValueType && constructor.IsImplicitlyDeclared,
        IMethodSymbol or IPropertySymbol => member.IsCompilerGenerated(),
        _ => false,
    };

    private static long Rank(ISymbol member) => member switch
    {
        IFieldSymbol => 0,
        IMethodSymbol { MethodKind: MethodKind.Constructor } => 1,
        IPropertySymbol => 2,
        IEventSymbol => 3,
        IMethodSymbol { MethodKind: MethodKind.Ordinary } => 4,
        _ => 5,
    };

    private static long Value(ISymbol member) => Convert.ToInt64(((IFieldSymbol)member).ConstantValue, null);
}
